using System.Buffers.Binary;
using System.Security.Cryptography;
using HotPath.Kinesis.Put;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

public sealed class HashKeyLanesTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_lane_gives_the_md5_of_its_key_whatever_stood_there_before()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var lanes = new HashKeyLanes();
        for (var round = 0; round < 5_000; round++)
        {
            var keys = Enumerable.Range(0, random.Next(HashKeyLanes.LaneCount + 1)).Select(_ => Key(random)).ToArray();
            Array.ForEach(keys, key => lanes.Add(key));

            var hashKeys = lanes.Take();

            Assert.Equal(keys.Select(key => BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(key))), hashKeys.ToArray());
            Assert.Equal(0, lanes.Count);
        }
    }

    [Fact]
    public void Each_length_that_fits_gives_its_md5()
    {
        var lanes = new HashKeyLanes();
        for (var length = 0; length <= HashKeyLanes.KeyBytesMax; length++)
        {
            var key = Enumerable.Range(0, length).Select(at => (byte)(at + 200)).ToArray();
            lanes.Add(key);

            Assert.Equal(BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(key)), lanes.Take()[0]);
        }
    }

    private static byte[] Key(Random random)
    {
        var key = new byte[random.Next(HashKeyLanes.KeyBytesMax + 1)];
        random.NextBytes(key);
        return key;
    }
}
