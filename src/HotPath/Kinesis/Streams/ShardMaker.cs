using System.Text;
using HotPath.Engine.Names;
using HotPath.Kinesis.Raw;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// Makes streams' shards and closes them. Belongs to its catalog's lock. Each shard is a source of readings with a name
/// in the directory, interned before anything changes.
/// </summary>
internal sealed class ShardMaker(KinesisParts parts, RawLog? raw)
{
    public static Refusal NamesFull { get; } =
        Refusal.LimitExceeded("The directory of names has no room for another stream or shard.");

    public long NowMicros => parts.Clock.NowMicros;

    public long NowSeconds => NowMicros / 1_000_000;

    /// <summary>Finds room for a stream's name and those of its first shards.</summary>
    public bool TryName(string stream, int shardCount, out ushort listener)
    {
        var isNamed = TryIntern(parts.Names.Listeners, $"kinesis:{stream}", out var index);
        listener = (ushort)index;
        return isNamed && TryNameShards(stream, 0, shardCount);
    }

    public void AddFirst(KinesisStream stream)
    {
        // What the ledger holds is older than its streams; raw records are of the stream that took them, and of no
        // earlier one of its name.
        var lsnFirst = stream.Role == StreamRole.Ingest ? parts.NextLsn() : 0;
        foreach (var range in HashKeyRange.Divide(stream.ShardCountWanted))
        {
            Add(stream, range, stream.CreatedSeconds, (null, null), lsnFirst);
        }
    }

    public void AddWritten(KinesisStream stream, WrittenShard shard)
    {
        var index = stream.Shards.Count;
        _ = TryIntern(parts.Names.Sources, NameOf(stream.Name, index), out var source);
        stream.AddShard(new StreamShard
        {
            Index = index,
            HashKeys = shard.HashKeys,
            CreatedSeconds = shard.CreatedSeconds,
            SourceIndex = source,
            ParentIndex = shard.Parent,
            AdjacentParentIndex = shard.AdjacentParent,
            ClosedSeconds = shard.ClosedSeconds,
            LsnFirst = shard.LsnFirst,
            LsnLast = shard.LsnLast,
        });
    }

    /// <summary>
    /// Replaces shards by others: closes the parents and opens one shard per range, after the time of transition. A range
    /// is told with its parents.
    /// </summary>
    public Refusal? Reshard(
        KinesisStream stream, IReadOnlyList<(HashKeyRange Range, int Parent, int? Adjacent)> children, long settlesAtMicros)
    {
        if (!TryNameShards(stream.Name, stream.Shards.Count, children.Count))
        {
            return NamesFull;
        }

        stream.Begin(StreamStatus.Updating, settlesAtMicros, () =>
        {
            var nowSeconds = NowSeconds;
            var lsnNext = EndOf(stream);
            foreach (var parent in children.SelectMany(child => new[] { child.Parent, child.Adjacent ?? child.Parent }).Distinct())
            {
                stream.CloseShard(parent, nowSeconds, lsnNext - 1);
            }

            foreach (var (range, parent, adjacent) in children)
            {
                // A child is dated after its parents' last record, which may lie in this very second.
                Add(stream, range, nowSeconds + 1, (parent, adjacent), lsnNext);
            }
        });
        return null;
    }

    /// <summary>All hash keys cut anew; a new shard names as parents the first and last shard it takes from.</summary>
    public static IReadOnlyList<(HashKeyRange Range, int Parent, int? Adjacent)> ChildrenFor(KinesisStream stream, int count)
    {
        var open = stream.Shards.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeys.Start).ToArray();
        return
        [
            .. HashKeyRange.Divide(count).Select(range =>
            {
                var parents = open.Where(shard => shard.HashKeys.Overlaps(range)).ToArray();
                return (range, parents[0].Index, parents.Length > 1 ? parents[^1].Index : (int?)null);
            }),
        ];
    }

    /// <summary>
    /// The LSN that the shards to come begin with. Where raw records are kept, no call that was routed to the old ones
    /// comes into the ring behind it.
    /// </summary>
    private long EndOf(KinesisStream stream)
    {
        if (raw is null)
        {
            return parts.NextLsn();
        }

        lock (raw.Order)
        {
            stream.Open.Close();
            return parts.NextLsn();
        }
    }

    private void Add(
        KinesisStream stream, HashKeyRange range, long createdSeconds, (int? Parent, int? Adjacent) from, long lsnFirst)
    {
        var index = stream.Shards.Count;
        _ = TryIntern(parts.Names.Sources, NameOf(stream.Name, index), out var source);
        stream.AddShard(new StreamShard
        {
            Index = index,
            HashKeys = range,
            CreatedSeconds = createdSeconds,
            SourceIndex = source,
            ParentIndex = from.Parent,
            AdjacentParentIndex = from.Adjacent,
            LsnFirst = lsnFirst,
        });
    }

    private bool TryNameShards(string stream, int first, int count) =>
        Enumerable.Range(first, count).All(index => TryIntern(parts.Names.Sources, NameOf(stream, index), out _));

    private static string NameOf(string stream, int shardIndex) => $"{stream}/{StreamShard.IdOf(shardIndex)}";

    private bool TryIntern(NameDirectory directory, string name, out int index) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(name), NowMicros, out index) is InternOutcome.Known or InternOutcome.Added;
}
