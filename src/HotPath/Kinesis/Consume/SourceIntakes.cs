using System.Collections.Concurrent;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// As many decoders as there may be shards decoding at one time: of thousands of shards most wait for their service. Any
/// thread may rent; the next one waits for its turn.
/// </summary>
internal sealed class SourceIntakes(Func<RecordDecoder> decoders, Func<Inlet> inlets, int slotCountMax) : IDisposable
{
    private const int CountMax = 4;

    private readonly SemaphoreSlim _free = new(CountMax, CountMax);
    private readonly ConcurrentStack<SourceIntake> _idle = new();

    public async Task<SourceIntake> RentAsync(CancellationToken stop)
    {
        await _free.WaitAsync(stop);
        return _idle.TryPop(out var intake) ? intake : new SourceIntake(decoders(), inlets(), slotCountMax);
    }

    public void Return(SourceIntake intake)
    {
        intake.Block.Clear();
        _idle.Push(intake);
        _free.Release();
    }

    public void Dispose()
    {
        while (_idle.TryPop(out var intake))
        {
            intake.Dispose();
        }

        _free.Dispose();
    }
}

/// <summary>A decoder, the block it stages into, and the way of that into the ring. One shard's at a time.</summary>
internal sealed class SourceIntake(RecordDecoder decoder, Inlet inlet, int slotCountMax) : IDisposable
{
    private const int SlotsFirst = 1024;

    public RecordDecoder Decoder { get; } = decoder;

    public Inlet Inlet { get; } = inlet;

    /// <summary>As many slots as the ring has: what one record may hold at most fits, with its checkpoint.</summary>
    public StagingBlock Block { get; } = new(Math.Min(SlotsFirst, slotCountMax), slotCountMax);

    public void Dispose()
    {
        Decoder.Dispose();
        Block.Dispose();
    }
}
