using HotPath.Engine;
using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// Reads one upstream stream for as long as the process runs: lists its shards again and again, and reads each of them
/// once those are at their ends that it has taken over from. Belongs to one task. What it cannot reach it tries again.
/// </summary>
internal sealed class KinesisSource : IDisposable
{
    private static readonly TimeSpan ListInterval = TimeSpan.FromSeconds(60);

    private readonly AwsClient _client;
    private readonly UpstreamStream _upstream;
    private readonly SourceParts _parts;
    private readonly FanOut? _fanOut;
    private readonly ShardPosition _from;
    private readonly Dictionary<string, (ShardReader Reader, Task Task)> _reading = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <param name="from">Where shards begin that are there when the stream is listed first; null = with what comes then.</param>
    public KinesisSource(AwsClient client, SourceSettings settings, ShardPosition? from, SourceParts parts)
    {
        _client = client;
        Settings = settings;
        _upstream = new UpstreamStream(client, settings.Stream, parts.Timers);
        _parts = parts;
        _fanOut = settings.Consumer is { } consumer ? new FanOut(_upstream, consumer, settings, parts) : null;
        IsLatest = from is null;
        _from = from ?? ShardPosition.Time(parts.Clock.NowMicros / 1_000);
    }

    public SourceSettings Settings { get; }

    private bool IsLatest { get; }

    /// <summary>Reads until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var listed = await TryBeginShardsAsync(stop);
                using var interval = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var pause = Task.Delay(listed ? ListInterval : _backoff.Failed(), interval.Token);
                await Task.WhenAny([pause, .. _reading.Values.Select(reading => reading.Task)]);
                await interval.CancelAsync();
                await EndShardsAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped while it waited for its turn.
        }
        finally
        {
            await Task.WhenAll(_reading.Values.Select(reading => reading.Task));
        }
    }

    public void Dispose()
    {
        _fanOut?.Dispose();
        _client.Dispose();
    }

    private async Task<bool> TryBeginShardsAsync(CancellationToken stop)
    {
        IReadOnlyList<UpstreamShard> shards;
        try
        {
            shards = await _upstream.ListShardsAsync(stop);
        }
        catch (AwsFaultException fault)
        {
            Settings.Counters.OnFault();
            Settings.OnProblem("its list of shards", fault, _parts.Log);
            return false;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }

        Settings.OnGood("its list of shards");
        if (shards.Count == 0)
        {
            // Being made: soon there will be some, and they are the first.
            return false;
        }

        _backoff.Succeeded();
        var checkpoints = _parts.Checkpoints.Current;
        var isFirst = !checkpoints.ContainsKey(Settings.CheckpointOfStream);
        foreach (var shard in shards.Where(shard => !_reading.ContainsKey(shard.Id) && !HasEnded(shard.Id, checkpoints)))
        {
            // A shard whose parents are no longer listed is one of the oldest there are.
            if (shards.Where(other => shard.Parents.Contains(other.Id)).All(parent => HasEnded(parent.Id, checkpoints)))
            {
                Begin(shard, isFirst, stop);
            }
        }

        if (isFirst)
        {
            await MarkFirstListedAsync(stop);
        }

        return true;
    }

    /// <summary>Shards that come later begin with their first record: nothing between them and their parents is left out.</summary>
    private void Begin(UpstreamShard shard, bool isOfFirstList, CancellationToken stop)
    {
        var begin = isOfFirstList ? (_from, IsLatest) : (ShardPosition.Trim, false);
        var reader = new ShardReader(_upstream, shard, Settings, _parts, _fanOut, begin);
        _reading.Add(shard.Id, (reader, Task.Run(() => reader.RunAsync(stop), CancellationToken.None)));
    }

    private bool HasEnded(string shardId, IReadOnlyDictionary<string, Checkpoint> checkpoints) =>
        _ended.Contains(shardId)
        || (checkpoints.TryGetValue(Settings.CheckpointOf(shardId), out var checkpoint)
            && ShardPosition.TryParse(checkpoint.Value.Span, out var position)
            && position.Kind == ShardPositionKind.End);

    /// <summary>A fault that a reader did not expect ends the source, and is heard of.</summary>
    private async Task EndShardsAsync(CancellationToken stop)
    {
        foreach (var (shardId, (reader, task)) in _reading.Where(reading => reading.Value.Task.IsCompleted).ToArray())
        {
            _reading.Remove(shardId);
            await task;
            if (reader.Position.Kind == ShardPositionKind.End && !stop.IsCancellationRequested)
            {
                _ended.Add(shardId);
                _parts.Log.LogInformation("{Stream}/{Shard} has been read to its end.", Settings.Stream, shardId);
            }
        }
    }

    private async Task MarkFirstListedAsync(CancellationToken stop)
    {
        var intake = await _parts.Intakes.RentAsync(stop);
        try
        {
            intake.Block.Clear();
            intake.Block.BeginCheckpoint(_parts.Clock.NowMicros);
            await CheckpointBlock.PublishAsync(intake, Settings.CheckpointOfStream, "listed"u8.ToArray(), default, _parts, stop);
        }
        finally
        {
            _parts.Intakes.Return(intake);
        }
    }
}
