using System.Formats.Cbor;
using System.Text;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

/// <summary>Bodies that were broken at random: refused or taken, never a fault, and the next call is served.</summary>
public sealed class HostileBodyTests(ITestOutputHelper output)
{
    private static readonly string[] Operations =
        ["PutRecords", "PutRecord", "ListShards", "DescribeStream", "SplitShard", "AddTagsToStream", "UpdateShardCount"];

    private static readonly byte[] Json =
        """
        {"StreamName":"readings","Records":[{"Data":"YWJj","PartitionKey":"a\u0041","ExplicitHashKey":"12"}],"Data":"YQ==",
         "PartitionKey":"k","Limit":3,"Tags":{"a":"b"},"ShardToSplit":"shardId-0","NewStartingHashKey":"77",
         "ShardFilter":{"Type":"AT_LATEST"},"TargetShardCount":5,"ScalingType":"UNIFORM_SCALING"}
        """u8.ToArray();

    [Theory]
    [InlineData(EndpointUnderTest.JsonType)]
    [InlineData(EndpointUnderTest.CborType)]
    public async Task A_broken_body_is_answered_and_forgotten(string contentType)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var whole = contentType == EndpointUnderTest.JsonType ? Json : Cbor();
        for (var round = 0; round < 2000; round++)
        {
            using var request = EndpointUnderTest.Request(
                Operations[random.Next(Operations.Length)], Broken(whole, random), contentType);

            var answer = await endpoint.SendAsync(request);

            Assert.True(answer.Status is 200 or 400, $"{answer.Status} {answer.Text} (seed {seed}, round {round})");
        }

        Assert.Empty(endpoint.Faults);
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["good"]))).Status);
        Assert.Equal(0, endpoint.Counters.CallsUnderWay);
    }

    private static byte[] Broken(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var times = random.Next(4); times >= 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(30)).ToArray());
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add((byte)'x');
            }
        }

        return [.. bytes];
    }

    private static byte[] Cbor()
    {
        var writer = new CborWriter();
        writer.WriteStartMap(4);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("readings");
        writer.WriteTextString("Records");
        writer.WriteStartArray(1);
        writer.WriteStartMap(2);
        writer.WriteTextString("Data");
        writer.WriteByteString(Encoding.UTF8.GetBytes("abc"));
        writer.WriteTextString("PartitionKey");
        writer.WriteTextString("a");
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteTextString("Limit");
        writer.WriteDouble(1.5);
        writer.WriteTextString("StreamCreationTimestamp");
        writer.WriteTag(CborTag.UnixTimeSeconds);
        writer.WriteInt64(1_767_323_045_000);
        writer.WriteEndMap();
        return writer.Encode();
    }
}
