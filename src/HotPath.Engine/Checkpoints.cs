using System.Collections.Immutable;
using HotPath.Engine.Ring;

namespace HotPath.Engine;

/// <summary>
/// How far each consumer of an upstream stream has read, by name, in the order of the ring: a position and the slots that
/// came of what was read up to it are published at once, and restored together. Any cold thread; a lock orders them.
/// </summary>
internal sealed class Checkpoints
{
    private readonly Lock _publishing = new();
    private readonly Dictionary<string, (CheckpointRecord Record, long Lsn)> _replayed = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, Checkpoint> _current =
        ImmutableDictionary.Create<string, Checkpoint>(StringComparer.Ordinal);

    /// <summary>All of them as of now.</summary>
    public ImmutableDictionary<string, Checkpoint> Current
    {
        get
        {
            lock (_publishing)
            {
                return _current;
            }
        }
    }

    /// <summary>What a snapshot holds, before what the journal holds behind it is replayed.</summary>
    public void Restore(string name, Checkpoint checkpoint)
    {
        lock (_publishing)
        {
            _current = _current.SetItem(name, checkpoint);
        }
    }

    /// <summary>
    /// Publishes a block that was begun with <see cref="StagingBlock.BeginCheckpoint"/>, with the position behind it.
    /// </summary>
    /// <param name="name">Whose position it is.</param>
    /// <param name="value">Where the consumer goes on after this block.</param>
    /// <param name="before">Where it stood before.</param>
    public PublishOutcome TryPublish(
        Inlet inlet, StagingBlock block, string name, ReadOnlyMemory<byte> value, Checkpoint before)
    {
        var record = new CheckpointRecord(name, block.Count - 1, value, before.Value, before.SlotsToSkip);
        block.EndCheckpoint(record.ToBytes());
        return TryPublish(inlet, block, record);
    }

    /// <summary>
    /// Comes again with a block that found no room; its checkpoint stands in it already.
    /// </summary>
    public PublishOutcome TryPublishAgain(Inlet inlet, StagingBlock block)
    {
        Invariant.Holds(CheckpointRecord.TryRead(block.RawOf(in block.Slots[0]), out var record), "the block was begun with a checkpoint");
        return TryPublish(inlet, block, record);
    }

    /// <summary>
    /// Publishes a snapshot marker and says which positions lie before it in the order of the ring, and no others.
    /// </summary>
    /// <param name="tryPublishMarker">Called under the lock; must not wait.</param>
    public bool TryMark(Func<bool> tryPublishMarker, out ImmutableDictionary<string, Checkpoint> checkpoints)
    {
        lock (_publishing)
        {
            checkpoints = _current;
            return tryPublishMarker();
        }
    }

    /// <summary>A checkpoint slot of the journal.</summary>
    /// <exception cref="InvariantBrokenException">Its frame is whole, and it is none.</exception>
    public void OnReplayed(ReadOnlySpan<byte> attachment, long lsn)
    {
        Invariant.Holds(CheckpointRecord.TryRead(attachment, out var record), "a checkpoint reads as it was written");
        _replayed[record.Name] = (record, lsn);
    }

    /// <summary>
    /// The journal ends here: of a block that it holds in part the consumer goes on before it, and skips that part.
    /// </summary>
    public void EndReplay(long lastLsn)
    {
        foreach (var (name, (record, lsn)) in _replayed)
        {
            var held = lastLsn - lsn;
            Restore(name, held >= record.SlotCount
                ? new Checkpoint(record.Value, 0)
                : new Checkpoint(record.Before, record.SkippedBefore + (int)held));
        }

        _replayed.Clear();
    }

    private PublishOutcome TryPublish(Inlet inlet, StagingBlock block, CheckpointRecord record)
    {
        lock (_publishing)
        {
            var outcome = inlet.TryPublish(block, out _);
            if (outcome == PublishOutcome.Published)
            {
                _current = _current.SetItem(record.Name, new Checkpoint(record.Value, 0));
            }

            return outcome;
        }
    }
}

/// <summary>Where a consumer goes on.</summary>
/// <param name="Value">Its position, in its own format; empty = it has none yet.</param>
/// <param name="SlotsToSkip">So many slots of what it reads next were taken already.</param>
internal readonly record struct Checkpoint(ReadOnlyMemory<byte> Value, int SlotsToSkip);
