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
    private readonly ShardIntake _taken;

    // Of a subscription: where the next one begins, be it behind records of others.
    private ShardPosition? _continuation;

    // What comes from now on is asked for as such once: a second time, that would leave some out.
    private bool _isLatest;

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
        _taken = new ShardIntake(shard, settings, parts, begin.Start);
        _isLatest = begin.IsLatest && _taken.IsNew;
    }

    public ShardPosition Position => _taken.Position;

    /// <summary>Reads until the shard ends, or until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _counters.OnShardBegun();
        try
        {
            if (_taken.IsNew)
            {
                // Where it began is part of the order too: a restart before the first record must not begin elsewhere.
                await _taken.CommitAsync(_taken.Position, stop);
            }

            string? iterator = null;
            while (Position.Kind != ShardPositionKind.End)
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

            iterator ??= await _upstream.IteratorAsync(_shard.Id, Position, _isLatest, stop);
            _isLatest = false;
            var page = await _upstream.ReadAsync(iterator, RecordsMax, stop);
            _backoff.Succeeded();
            _settings.OnGood(_shard.Id);
            await _taken.TakeAsync(page, stop);
            _counters.OnBehind(page.MillisBehind);
            if (page.Next is null)
            {
                await _taken.CommitAsync(ShardPosition.End, stop);
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
            await foreach (var page in _upstream.SubscribeAsync(consumerArn, _shard.Id, _continuation ?? Position, _isLatest, stop))
            {
                _backoff.Succeeded();
                _settings.OnGood(_shard.Id);
                await _taken.TakeAsync(page, stop);
                _counters.OnBehind(page.MillisBehind);
                _isLatest = false;
                _continuation = page.Records.Count > 0 ? null : _continuation;
                if (page.Next is null)
                {
                    await _taken.CommitAsync(ShardPosition.End, stop);
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
            case "InvalidArgumentException" when Position.Kind == ShardPositionKind.After:
                // The record is no longer kept: what followed it up to the oldest one kept is lost.
                _parts.Log.LogWarning(
                    "{Name}: position {Position} is no longer kept; reading goes on with the oldest record. {Problem}", _taken.Name, Position, fault.Message);
                _counters.OnGap();
                _taken.GoTo(ShardPosition.Trim);
                _continuation = null;
                return;
            case "ResourceNotFoundException" when Position.Kind == ShardPositionKind.After:
                _parts.Log.LogWarning("{Name} is gone with what was not read of it. {Problem}", _taken.Name, fault.Message);
                _counters.OnGap();
                await _taken.CommitAsync(ShardPosition.End, stop);
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
}
