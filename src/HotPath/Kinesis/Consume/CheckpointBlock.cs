using HotPath.Engine;
using HotPath.Engine.Ring;

namespace HotPath.Kinesis.Consume;

/// <summary>Brings a staged block with its checkpoint into the ring, however long that is full.</summary>
internal static class CheckpointBlock
{
    private static readonly TimeSpan RingPause = TimeSpan.FromMilliseconds(5);

    /// <exception cref="OperationCanceledException">Stopped, or intake is closed for good: nothing was taken.</exception>
    public static async Task PublishAsync(
        SourceIntake intake, string name, byte[] value, Checkpoint before, SourceParts parts, CancellationToken stop)
    {
        var outcome = parts.Checkpoints.TryPublish(intake.Inlet, intake.Block, name, value, before);
        while (outcome == PublishOutcome.Full)
        {
            await Task.Delay(RingPause, stop);
            outcome = parts.Checkpoints.TryPublishAgain(intake.Inlet, intake.Block);
        }

        if (outcome != PublishOutcome.Published)
        {
            throw new OperationCanceledException("The ring takes nothing any more.", stop);
        }
    }
}
