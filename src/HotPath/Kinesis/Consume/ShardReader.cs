using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// Reads one upstream shard to its end: one call at a time, what it brings goes into the ring in blocks, each with the
/// position behind it. Belongs to one task. While the ring is full or the service refuses it waits; nothing is lost by it
/// that the service still keeps.
/// </summary>
internal sealed class ShardReader
{
    private const int RecordsMax = 10_000;

    private readonly UpstreamStream _upstream;
    private readonly UpstreamShard _shard;
    private readonly SourceSettings _settings;
    private readonly SourceParts _parts;
    private readonly SourceCounters _counters;
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    private readonly FanOut? _fanOut;
    private readonly string _name;
    private readonly int _sourceIndex;

    // What restart finds: the position, and how many slots of what follows it were taken.
    private Checkpoint _committed;
    private ShardPosition _position;
    private int _slotsToSkip;
    private bool _isLatest;

    // Of a subscription: where the next one begins, be it behind records of others.
    private ShardPosition? _continuation;

    /// <param name="begin">
    /// Where it begins when it has no checkpoint; with what comes now, the service is not asked for a time by our clock.
    /// </param>
    /// <param name="fanOut">Null: the shard is polled.</param>
    public ShardReader(
        UpstreamStream upstream, UpstreamShard shard, SourceSettings settings, SourceParts parts, FanOut? fanOut, (ShardPosition Start, bool IsLatest) begin)
    {
        _fanOut = fanOut;
        _upstream = upstream;
        _shard = shard;
        _settings = settings;
        _parts = parts;
        _counters = settings.Counters;
        _name = settings.CheckpointOf(shard.Id);
        _sourceIndex = settings.SourceOf(parts.Names, shard.Id, parts.Clock.NowMicros);
        if (parts.Checkpoints.Current.TryGetValue(_name, out _committed) && ShardPosition.TryParse(_committed.Value.Span, out _position))
        {
            _slotsToSkip = _committed.SlotsToSkip;
        }
        else
        {
            _position = begin.Start;
            _slotsToSkip = _committed.SlotsToSkip;
            _isLatest = begin.IsLatest && _slotsToSkip == 0;
        }
    }

    public ShardPosition Position => _position;

    /// <summary>Reads until the shard ends, or until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _counters.OnShardBegun();
        try
        {
            if (_committed.Value.IsEmpty && _slotsToSkip == 0)
            {
                // Where it began is part of the order too: a restart before the first record must not begin elsewhere.
                await CommitAsync(_position, stop);
            }

            string? iterator = null;
            while (_position.Kind != ShardPositionKind.End)
            {
                iterator = await StepAsync(iterator, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The next start goes on behind the last checkpoint.
        }
        finally
        {
            _counters.OnShardEnded();
        }
    }

    /// <returns>The iterator to go on with; null to ask for another.</returns>
    private async Task<string?> StepAsync(string? iterator, CancellationToken stop)
    {
        try
        {
            if (_fanOut is not null && await _fanOut.ConsumerAsync(stop) is { } consumerArn)
            {
                await SubscribeAsync(consumerArn, stop);
                return null;
            }

            iterator ??= await _upstream.IteratorAsync(_shard.Id, _position, _isLatest, stop);

            // What comes from now on is no longer to be asked for as the latest: a second time, that would leave some out.
            _isLatest = false;
            var page = await _upstream.ReadAsync(iterator, RecordsMax, stop);
            _backoff.Succeeded();
            _settings.OnGood(_shard.Id);
            await TakeAsync(page, stop);
            _counters.OnBehind(page.MillisBehind);
            if (page.Next is null)
            {
                await CommitAsync(ShardPosition.End, stop);
                return null;
            }

            await Task.Delay(page.Records.Count == 0 && page.MillisBehind == 0 ? _settings.IdlePause : _settings.Spacing, stop);
            return page.Next;
        }
        catch (AwsFaultException fault)
        {
            await OnFaultAsync(fault, stop);
            return null;
        }
    }

    /// <summary>
    /// One subscription, until the service ends it. A consumer that is not known any more says nothing about the shard,
    /// nor does silence: it is polled then, and what that says counts.
    /// </summary>
    private async Task SubscribeAsync(string consumerArn, CancellationToken stop)
    {
        try
        {
            await foreach (var page in _upstream.SubscribeAsync(consumerArn, _shard.Id, _continuation ?? _position, _isLatest, stop))
            {
                _backoff.Succeeded();
                _settings.OnGood(_shard.Id);
                await TakeAsync(page, stop);
                _counters.OnBehind(page.MillisBehind);
                _isLatest = false;
                if (page.Next is null)
                {
                    await CommitAsync(ShardPosition.End, stop);
                    return;
                }

                _continuation = ShardPosition.After(page.Next);
            }

            _counters.OnSubscriptionEnded();
        }
        catch (AwsFaultException fault) when (
            fault.Type is "ResourceNotFoundException" or "AccessDeniedException" or "UnknownOperationException" or UpstreamStream.SilenceType)
        {
            _settings.OnProblem(_shard.Id, fault, _parts.Log);
            _continuation = null;
            _fanOut!.Forget();
        }
        catch (AwsFaultException fault) when (fault.Type is "InvalidArgumentException" && _continuation is not null)
        {
            // The number is no longer kept, or never was a record's: the position behind the last record decides.
            _continuation = null;
        }
    }

    private async Task OnFaultAsync(AwsFaultException fault, CancellationToken stop)
    {
        switch (fault.Type)
        {
            case "ExpiredIteratorException":
                _counters.OnExpiredIterator();
                return;
            case "InvalidArgumentException" when _position.Kind == ShardPositionKind.After:
                // The record is no longer kept: what followed it up to the oldest one kept is lost.
                _parts.Log.LogWarning(
                    "{Name}: position {Position} is no longer kept; reading goes on with the oldest record. {Problem}", _name, _position, fault.Message);
                _counters.OnGap();
                _position = ShardPosition.Trim;
                _continuation = null;
                _slotsToSkip = 0;
                return;
            case "ResourceNotFoundException" when _position.Kind == ShardPositionKind.After:
                _parts.Log.LogWarning("{Name} is gone with what was not read of it. {Problem}", _name, fault.Message);
                _counters.OnGap();
                await CommitAsync(ShardPosition.End, stop);
                return;
            default:
                // In use: the service still has the subscription that broke.
                if (fault.IsThrottle || fault.Type == "ResourceInUseException")
                {
                    _counters.OnThrottle();
                }
                else
                {
                    _counters.OnFault();
                    _settings.OnProblem(_shard.Id, fault, _parts.Log);
                }

                await Task.Delay(_backoff.Failed(), stop);
                return;
        }
    }

    /// <summary>A page goes into the ring in as many blocks as it needs, each with the position behind its last record.</summary>
    private async Task TakeAsync(UpstreamPage page, CancellationToken stop)
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

                _position = behind;
                _continuation = null;
                _isLatest = false;
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

    private async Task CommitAsync(ShardPosition position, CancellationToken stop)
    {
        var intake = await _parts.Intakes.RentAsync(stop);
        try
        {
            intake.Block.Clear();
            intake.Block.BeginCheckpoint(_parts.Clock.NowMicros);
            await PublishAsync(intake, position, stop);
            _position = position;
        }
        finally
        {
            _parts.Intakes.Return(intake);
        }
    }

    private async Task PublishAsync(SourceIntake intake, ShardPosition behind, CancellationToken stop)
    {
        var value = behind.ToBytes();
        await CheckpointBlock.PublishAsync(intake, _name, value, _committed, _parts, stop);
        _committed = new Checkpoint(value, 0);
        _slotsToSkip = 0;
    }
}
