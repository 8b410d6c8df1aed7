using HotPath.Engine.Rules;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>
/// How a window is saved: its buckets, oldest first. What is joined of them is not: joined again in the same order it is
/// equal to the bit.
/// </summary>
internal unsafe partial struct WindowState
{
    public readonly int BucketCount => _count;

    public readonly void Save(ref StateBytes to, int tagIndex, long widthMicros)
    {
        to.Put(tagIndex);
        to.Put(_count);
        to.Put(widthMicros);
        to.Put(_hasZScore ? 1L : 0L);
        to.Put(_zScore);
        for (var index = 0; index < _count; index++)
        {
            ref var bucket = ref _buckets[(_head + index) % _capacity];
            to.Put(bucket.Bucket);
            to.Put(bucket.Count);
            to.Put(bucket.Sum);
            to.Put(bucket.Mean);
            to.Put(bucket.Squares);
            to.Put(bucket.Grown);
            to.Put(bucket.Min);
            to.Put(bucket.Max);
            to.Put(bucket.First);
            to.Put(bucket.Last);
        }
    }

    /// <summary>Into a window that is as it was made.</summary>
    public void Load(ref StateReader from, NativePool pool, int tagIndex, long widthMicros)
    {
        var tag = from.Int();
        var count = from.Int();
        var width = from.Long();
        if (tag != tagIndex || width != widthMicros || count is < 0 or > RuleLimits.WindowBuckets)
        {
            throw new SavedStateException($"a window over tag {tag} of {width} us with {count} buckets is not that of the rules");
        }

        _hasZScore = from.Long() != 0;
        _zScore = from.Double();
        for (var index = 0; index < count; index++)
        {
            Begin(pool, from.Long());
            Newest() = Newest() with
            {
                Count = from.Long(),
                Sum = from.Double(),
                Mean = from.Double(),
                Squares = from.Double(),
                Grown = from.Double(),
                Min = from.Double(),
                Max = from.Double(),
                First = from.Double(),
                Last = from.Double(),
            };
        }

        _isOlderJoined = false;
    }
}
