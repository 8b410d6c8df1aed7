using System.Collections.Concurrent;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>One upstream stream as it is configured, and what is known of it. Any thread.</summary>
/// <param name="Place">Where the stream is, as it stands in checkpoints: its endpoint's host and port, or its region.</param>
/// <param name="Listener">In <c>NameTables.Listeners</c>.</param>
/// <param name="Spacing">Between two calls when there is more to read.</param>
/// <param name="IdlePause">Between two calls when there is not.</param>
internal sealed record SourceSettings(
    string Stream, string Place, ushort Listener, TimestampUnit TimestampUnit, TimeSpan Spacing, TimeSpan IdlePause)
{
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>The consumer to register as, for throughput of its own; null = shards are polled.</summary>
    public string? Consumer { get; init; }

    public SourceCounters Counters { get; } = new();

    /// <summary>Why a part of the stream cannot be read at the moment, or null.</summary>
    public string? Problem => _problems.Values.FirstOrDefault();

    /// <summary>Names the stream's own checkpoint, which says that its first shards have been listed.</summary>
    public string CheckpointOfStream => $"kinesis:{Stream}@{Place}";

    public string CheckpointOf(string shardId) => $"{CheckpointOfStream}/{shardId}";

    /// <summary>The source of readings that name none: the stream and shard, as at the endpoint.</summary>
    public int SourceOf(NameTables names, string shardId, long nowMicros)
    {
        var name = Encoding.UTF8.GetBytes($"{Stream}/{shardId}");
        return names.Sources.TryIntern(name, nowMicros, out var index) is InternOutcome.Known or InternOutcome.Added
            ? index
            : throw new KinesisConfigurationException(
                $"The directory of sources has no room for {Stream}/{shardId}. Read fewer streams.");
    }

    public void OnGood(string part) => _problems.TryRemove(part, out _);

    /// <summary>Told once, not at every try.</summary>
    public void OnProblem(string part, AwsFaultException fault, ILogger log)
    {
        if (!_problems.TryGetValue(part, out var known) || known != fault.Message)
        {
            log.LogWarning("Stream {Stream}, {Part} cannot be read: {Problem} Trying again.", Stream, part, fault.Message);
        }

        _problems[part] = fault.Message;
    }
}
