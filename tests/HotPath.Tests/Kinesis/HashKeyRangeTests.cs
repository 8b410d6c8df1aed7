using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Kinesis.Streams;

namespace HotPath.Tests.Kinesis;

public sealed class HashKeyRangeTests
{
    [Fact]
    public void Two_shards_meet_in_the_middle()
    {
        var ranges = HashKeyRange.Divide(2);

        Assert.Equal("0", ranges[0].StartText);
        Assert.Equal("170141183460469231731687303715884105727", ranges[0].EndText);
        Assert.Equal("170141183460469231731687303715884105728", ranges[1].StartText);
        Assert.Equal("340282366920938463463374607431768211455", ranges[1].EndText);
    }

    [Fact]
    public void Of_three_shards_the_last_takes_the_rest()
    {
        var ranges = HashKeyRange.Divide(3);

        Assert.Equal("113427455640312821154458202477256070484", ranges[0].EndText);
        Assert.Equal("226854911280625642308916404954512140970", ranges[2].StartText);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(500)]
    public void Ranges_cover_every_key_once(int count)
    {
        var ranges = HashKeyRange.Divide(count);

        Assert.Equal(UInt128.Zero, ranges[0].Start);
        Assert.Equal(UInt128.MaxValue, ranges[^1].End);
        Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.Equal(pair.First.End + 1, pair.Second.Start));
    }

    [Fact]
    public void A_key_finds_the_shard_whose_range_holds_it()
    {
        var shards = HashKeyRange.Divide(7).Select((range, index) => new StreamShard
        {
            Index = index,
            HashKeys = range,
            CreatedSeconds = 0,
            SourceIndex = index,
        }).ToArray();
        var open = new OpenShards("s", 0, TimestampUnit.Milliseconds, shards);

        foreach (var key in Enumerable.Range(0, 1000).Select(number => $"machine-{number}"))
        {
            var hash = BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(Encoding.UTF8.GetBytes(key)));
            var range = open[open.Find(hash)].HashKeys;
            Assert.True(range.Start <= hash && hash <= range.End);
        }

        Assert.All(shards, shard => Assert.Equal(shard.Index, open.Find(shard.HashKeys.Start)));
        Assert.All(shards, shard => Assert.Equal(shard.Index, open.Find(shard.HashKeys.End)));
    }
}
