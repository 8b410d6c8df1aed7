using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// The way of one upstream shard's records into the ring, in blocks with the position behind each, and what of them the
/// journal had before a restart. Belongs to the shard's task.
/// </summary>
internal sealed class ShardIntake
{
    private readonly UpstreamShard _shard;
    private readonly SourceSettings _settings;
    private readonly SourceParts _parts;
    private readonly SourceCounters _counters;
    private readonly int _sourceIndex;

    // What restart finds: the position, and how many slots of what follows it were taken.
    private Checkpoint _committed;
    private int _slotsToSkip;

    /// <param name="shard">Whose records they are.</param>
    /// <param name="settings">How the stream is read.</param>
    /// <param name="parts">Of the engine.</param>
    /// <param name="start">Where the shard begins when it has no checkpoint.</param>
    public ShardIntake(UpstreamShard shard, SourceSettings settings, SourceParts parts, ShardPosition start)
    {
        _shard = shard;
        _settings = settings;
        _parts = parts;
        _counters = settings.Counters;
        Name = settings.CheckpointOf(shard.Id);
        _sourceIndex = settings.SourceOf(parts.Names, shard.Id, parts.Clock.NowMicros);
        var isKnown = parts.Checkpoints.Current.TryGetValue(Name, out _committed);
        Position = isKnown && ShardPosition.TryParse(_committed.Value.Span, out var position) ? position : start;
        _slotsToSkip = _committed.SlotsToSkip;
        IsNew = _committed.Value.IsEmpty && _slotsToSkip == 0;
    }

    /// <summary>Of the checkpoint.</summary>
    public string Name { get; }

    /// <summary>Nothing in the order tells yet where it begins.</summary>
    public bool IsNew { get; }

    /// <summary>Behind what was taken.</summary>
    public ShardPosition Position { get; private set; }

    /// <summary>What lies between is lost; what comes from there on is new.</summary>
    public void GoTo(ShardPosition position)
    {
        Position = position;
        _slotsToSkip = 0;
    }

    /// <summary>A page goes into the ring in as many blocks as it needs, each with the position behind its last record.</summary>
    public async Task TakeAsync(UpstreamPage page, CancellationToken stop)
    {
        if (page.Records.Count == 0)
        {
            return;
        }

        var intake = await _parts.Intakes.RentAsync(stop);
        try
        {
            for (var next = 0; next < page.Records.Count;)
            {
                var first = next;
                intake.Block.Clear();
                intake.Block.BeginCheckpoint(_parts.Clock.NowMicros);
                next = Stage(page, next, intake);
                var behind = ShardPosition.After(page.Records[next - 1].Number);
                var bytes = Enumerable.Range(first, next - first).Sum(at => (long)page.Records[at].Data.Length);
                if (!SkipTaken(intake.Block))
                {
                    await PublishAsync(intake, behind, stop);
                }

                Position = behind;
                _counters.OnTaken(next - first, bytes);
            }
        }
        finally
        {
            _parts.Intakes.Return(intake);
        }
    }

    /// <returns>The first record that did not fit any more.</returns>
    private int Stage(UpstreamPage page, int next, SourceIntake intake)
    {
        var origin = new RecordOrigin(_settings.Listener, _sourceIndex, _parts.Clock.NowMicros, _settings.TimestampUnit);
        for (; next < page.Records.Count; next++)
        {
            var data = page.Records[next].Data;
            if (!KplKeys.AreWithin(data, _shard.HashKeys))
            {
                _counters.OnStrayAggregate();
                continue;
            }

            if (intake.Decoder.Decode(data, origin, intake.Block))
            {
                continue;
            }

            if (intake.Block.Count > 1)
            {
                break;
            }

            intake.Decoder.Reject(data, RejectReason.TooLarge, origin, intake.Block);
        }

        return next;
    }

    /// <summary>Of what is read again after a restart, takes away what the journal held already.</summary>
    /// <returns>True when that is all of it: then the position stays, with what is left to skip, until there is more.</returns>
    private bool SkipTaken(StagingBlock block)
    {
        var skipped = Math.Min(_slotsToSkip, block.Count - 1);
        block.Remove(1, skipped);
        _slotsToSkip -= skipped;
        return skipped > 0 && block.Count == 1 && _slotsToSkip > 0;
    }

    /// <summary>A position alone goes into the ring.</summary>
    public async Task CommitAsync(ShardPosition position, CancellationToken stop)
    {
        var intake = await _parts.Intakes.RentAsync(stop);
        try
        {
            intake.Block.Clear();
            intake.Block.BeginCheckpoint(_parts.Clock.NowMicros);
            await PublishAsync(intake, position, stop);
            Position = position;
        }
        finally
        {
            _parts.Intakes.Return(intake);
        }
    }

    private async Task PublishAsync(SourceIntake intake, ShardPosition behind, CancellationToken stop)
    {
        var value = behind.ToBytes();
        await CheckpointBlock.PublishAsync(intake, Name, value, _committed, _parts, stop);
        _committed = new Checkpoint(value, 0);
        _slotsToSkip = 0;
    }
}
