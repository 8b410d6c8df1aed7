using HotPath.Engine.Ring;
using HotPath.Kinesis.Raw;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Put;

/// <summary>
/// A PutRecord or PutRecords call on its way: where its records lie in the body, what they staged, and the way into the
/// ring. Pooled; belongs to one call at a time. Its memory is kept from call to call, so that a record costs none.
/// </summary>
internal sealed class PutCall : IDisposable
{
    private const int StagedSlotsFirst = 512;
    private const int ScratchBytesKept = 1024 * 1024;

    private readonly PutRecord[] _records;
    private readonly int[] _order;
    private int[] _shardEnds = [];
    private int _count;

    public PutCall(IIntake intake, KinesisLimits limits)
    {
        Intake = intake;
        _records = new PutRecord[limits.RecordsMax];
        _order = new int[limits.RecordsMax];
        Staged = new StagingBlock(Math.Min(StagedSlotsFirst, limits.CallSlotsMax), limits.CallSlotsMax);
        Clear();
    }

    public IIntake Intake { get; }

    public StagingBlock Staged { get; }

    public PutCbor Cbor { get; } = new();

    public HashKeyLanes HashKeys { get; } = new();

    /// <summary>For canonical requests and decoded base64, one after the other.</summary>
    public ByteBuilder Scratch { get; } = new(64 * 1024);

    /// <summary>Strings of the body that had to be put together: with escapes, or in chunks.</summary>
    public ByteBuilder Aside { get; } = new();

    /// <summary>The records as they are to be kept; used only where they are.</summary>
    public RawFrameBuilder Raw => field ??= new RawFrameBuilder();

    /// <summary>For each of the stream's open shards, how its sequence numbers of this call are written.</summary>
    public SequenceWriter[] Sequences { get; private set; } = [];

    public TextSlice StreamName { get; set; }

    public TextSlice StreamArn { get; set; }

    public TextSlice SequenceNumberForOrdering { get; set; }

    public ReadOnlySpan<PutRecord> Records => _records.AsSpan(0, _count);

    /// <summary>Whether another record may be added.</summary>
    public bool HasRoom => _count < _records.Length;

    public ref PutRecord Add()
    {
        ref var record = ref _records[_count++];
        record = PutRecord.Empty;
        return ref record;
    }

    public ref PutRecord this[int index] => ref _records[index];

    /// <summary>A PutRecords list that stands twice: the last one counts.</summary>
    public void ClearRecords() => _count = 0;

    /// <summary>The records' places, those of each shard together and in the order of the call.</summary>
    public ReadOnlySpan<int> OrderByShard(int shardCount)
    {
        var order = _order.AsSpan(0, _count);
        if (shardCount == 1 || _count == 1)
        {
            for (var at = 0; at < order.Length; at++)
            {
                order[at] = at;
            }

            return order;
        }

        if (_shardEnds.Length < shardCount)
        {
            _shardEnds = new int[shardCount];
        }

        var ends = _shardEnds.AsSpan(0, shardCount);
        ends.Clear();
        foreach (ref readonly var record in Records)
        {
            ends[record.ShardAt]++;
        }

        for (var shard = 1; shard < shardCount; shard++)
        {
            ends[shard] += ends[shard - 1];
        }

        for (var at = _count - 1; at >= 0; at--)
        {
            order[--ends[_records[at].ShardAt]] = at;
        }

        return order;
    }

    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> body, TextSlice slice) =>
        (slice.IsAside ? Aside.Written : body).Slice(slice.Start, slice.Length);

    public void EnsureSequences(int shardCount)
    {
        if (Sequences.Length < shardCount)
        {
            Sequences = new SequenceWriter[shardCount];
        }
    }

    /// <summary>Forgets what was read of a body.</summary>
    public void ClearParsed()
    {
        _count = 0;
        StreamName = StreamArn = SequenceNumberForOrdering = TextSlice.Absent;
        Aside.TrimTo(ScratchBytesKept);
    }

    public void Clear()
    {
        ClearParsed();
        Staged.Clear();
        Scratch.TrimTo(ScratchBytesKept);
    }

    public void Dispose()
    {
        Staged.Dispose();
        Intake.Dispose();
    }
}

/// <summary>One record of a call: slices of its body, and what became of it.</summary>
internal struct PutRecord
{
    public static PutRecord Empty => new()
    {
        Data = TextSlice.Absent,
        PartitionKey = TextSlice.Absent,
        ExplicitHashKey = TextSlice.Absent,
    };

    /// <summary>Base64 in JSON, bytes in CBOR.</summary>
    public TextSlice Data;

    public TextSlice PartitionKey;
    public TextSlice ExplicitHashKey;

    /// <summary>Bytes of the data, before base64.</summary>
    public int DataBytes;

    /// <summary>Where the shard stands among the stream's open ones.</summary>
    public int ShardAt;

    /// <summary>Where in the staging block the record's first slot stands.</summary>
    public int SlotAt;
}

/// <summary>A string's place, in the body or aside.</summary>
internal readonly record struct TextSlice(int Start, int Length, bool IsAside)
{
    public static TextSlice Absent { get; } = new(-1, 0, false);

    public bool IsPresent => Start >= 0;
}
