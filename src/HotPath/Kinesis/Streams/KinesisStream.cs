using HotPath.Engine.Decode;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// One stream as its administration sees it. Belongs to its <see cref="StreamCatalog"/>: read and changed under the
/// catalog's lock only.
/// </summary>
internal sealed class KinesisStream
{
    public const int RetentionHoursMin = 24;

    private readonly List<StreamShard> _shards = [];
    private Action? _whenSettled;
    private OpenShards? _open;

    public required string Name { get; init; }

    /// <summary>Index of <c>kinesis:name</c> in <c>NameTables.Listeners</c>.</summary>
    public required ushort Listener { get; init; }

    public required TimestampUnit TimestampUnit { get; init; }

    public required StreamRole Role { get; init; }

    /// <summary>What it was made with; a configuration that says another number now means a change.</summary>
    public required int ShardCountWanted { get; set; }

    public required long CreatedSeconds { get; init; }

    public StreamStatus Status { get; private set; }

    /// <summary>When the status under way ends; <see cref="long.MaxValue"/> when none is.</summary>
    public long SettlesAtMicros { get; private set; } = long.MaxValue;

    public int RetentionHours { get; set; } = RetentionHoursMin;

    /// <summary>Data and key of one record; null = as configured for all streams.</summary>
    public int? RecordBytesMax
    {
        get;
        set
        {
            field = value;
            _open = null;
        }
    }

    public SortedDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>Registered consumers by name.</summary>
    public SortedDictionary<string, StreamConsumer> Consumers { get; } = new(StringComparer.Ordinal);

    /// <summary>By index; closed ones stay listed.</summary>
    public IReadOnlyList<StreamShard> Shards => _shards;

    /// <summary>The shards that take records now, as PutRecords sees them; another object when they change.</summary>
    public OpenShards Open => _open ??= new OpenShards(Name, Listener, TimestampUnit, _shards) { RecordBytesMax = RecordBytesMax ?? int.MaxValue };

    public int OpenShardCount => _shards.Count(shard => shard.IsOpen);

    /// <summary>Whether records may be put.</summary>
    public bool TakesRecords => Role == StreamRole.Ingest && (Status is StreamStatus.Active or StreamStatus.Updating);

    /// <summary>Enters a status for so long; then what was asked for becomes true and the stream is ACTIVE.</summary>
    public void Begin(StreamStatus status, long settlesAtMicros, Action whenSettled)
    {
        Status = status;
        SettlesAtMicros = settlesAtMicros;
        _whenSettled = whenSettled;
    }

    public void Settle()
    {
        if (Status != StreamStatus.Deleting)
        {
            Status = StreamStatus.Active;
        }

        SettlesAtMicros = long.MaxValue;
        var done = _whenSettled;
        _whenSettled = null;
        done?.Invoke();
    }

    public void AddShard(StreamShard shard)
    {
        _shards.Add(shard);
        _open = null;
    }

    /// <param name="lsnLast">Nothing behind it belongs to the shard.</param>
    public void CloseShard(int index, long nowSeconds, long lsnLast)
    {
        _shards[index] = _shards[index] with { ClosedSeconds = nowSeconds, LsnLast = lsnLast };
        _open = null;
    }

    /// <summary>Shards that took over from one that was closed.</summary>
    public IReadOnlyList<StreamShard> ChildrenOf(int index) =>
        [.. _shards.Where(shard => shard.ParentIndex == index || shard.AdjacentParentIndex == index)];
}

/// <summary>A registered consumer of a stream.</summary>
internal sealed record StreamConsumer(string Name, long CreatedSeconds);

/// <summary>The names are the API's, in capitals.</summary>
internal enum StreamStatus
{
    Creating,
    Active,
    Updating,
    Deleting,
}
