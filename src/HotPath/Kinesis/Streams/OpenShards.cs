using System.Text;
using HotPath.Engine.Decode;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// What PutRecords needs of a stream, made anew whenever the stream changes: which open shard takes a hash key.
/// Immutable but for its end, read by any thread.
/// </summary>
internal sealed class OpenShards
{
    private readonly UInt128[] _ends;
    private readonly StreamShard[] _shards;
    private readonly SequenceLimbs[] _sequences;
    private volatile bool _isClosed;

    public OpenShards(string name, ushort listener, TimestampUnit timestampUnit, IEnumerable<StreamShard> shards)
    {
        Name = name;
        NameUtf8 = Encoding.UTF8.GetBytes(name);
        Listener = listener;
        TimestampUnit = timestampUnit;
        _shards = [.. shards.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeys.Start)];
        _ends = [.. _shards.Select(shard => shard.HashKeys.End)];
        _sequences =
        [
            .. _shards.Select(shard => SequenceLimbs.Of(new SequenceNumber(shard.CreatedSeconds, shard.Index, 0, 0).Value)),
        ];
        IdsUtf8 = [.. _shards.Select(shard => StreamShard.IdUtf8(shard.Index))];
    }

    public string Name { get; }

    public byte[] NameUtf8 { get; }

    public ushort Listener { get; }

    public TimestampUnit TimestampUnit { get; }

    /// <summary>Data and key of one record, beside the limit of all streams.</summary>
    public int RecordBytesMax { get; init; } = int.MaxValue;

    public int Count => _shards.Length;

    /// <summary>Others have taken over from these. Only told where raw records are kept.</summary>
    public bool IsClosed => _isClosed;

    public void Close() => _isClosed = true;

    public StreamShard this[int at] => _shards[at];

    /// <summary>The shard's sequence number at LSN 0 and time 0.</summary>
    public ref readonly SequenceLimbs SequenceOf(int at) => ref _sequences[at];

    /// <summary>The shards' ids as they stand in answers.</summary>
    public byte[][] IdsUtf8 { get; }

    /// <summary>Where in this list the shard stands that takes the key. Open shards cover all keys.</summary>
    public int Find(UInt128 hashKey)
    {
        var low = 0;
        var high = _ends.Length - 1;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (_ends[middle] < hashKey)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
