using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.Kinesis;
using HotPath.Kinesis.Put;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

/// <summary>The fast reader and the careful one: the same records, or the fast one gives up.</summary>
public sealed class PutJsonTests(ITestOutputHelper output)
{
    private const string Plain =
        """
        {"Records": [{"Data": "YQ==", "PartitionKey": "a"}, {"PartitionKey":"b","ExplicitHashKey":"7","Data":"Yg=="}],
         "StreamName": "readings"}
        """;

    [Fact]
    public void What_sdks_write_is_understood_fast()
    {
        using var call = NewCall();

        Assert.True(new PutJsonScan(Encoding.UTF8.GetBytes(Plain), call).TryReadBatch());
        Assert.Equal(2, call.Records.Length);
    }

    [Fact]
    public void Whatever_the_body_both_readers_agree()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        using var fast = NewCall();
        using var careful = NewCall();
        var fastCount = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var body = Mutated(Encoding.UTF8.GetBytes(Plain), random);
            fast.Clear();
            careful.Clear();
            var isFast = new PutJsonScan(body, fast).TryReadBatch();
            var parse = PutJson.ReadWithCare(body, careful, isBatch: true);

            if (isFast && !HasControlInData(fast, body))
            {
                fastCount++;
                Assert.True(parse == PutParse.Regular, $"{Encoding.Latin1.GetString(body)} (seed {seed}, round {round})");
                Assert.Equal(fast.StreamName, careful.StreamName);
                Assert.Equal(Told(fast), Told(careful));
            }
        }

        Assert.InRange(fastCount, 100, 19_999);
    }

    /// <summary>The fast reader leaves these to the base64 decoder.</summary>
    private static bool HasControlInData(PutCall call, byte[] body)
    {
        foreach (ref readonly var record in call.Records)
        {
            if (record.Data.IsPresent && call.Bytes(body, record.Data).ContainsAnyInRange((byte)0, (byte)0x1F))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Mutated(byte[] body, Random random)
    {
        const string Characters = "{}[]\",:\\ aY=\n\u0001\u00e4";
        var bytes = body.ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes.RemoveAt(at);
                    break;
                case 1:
                    bytes.Insert(at, (byte)Characters[random.Next(Characters.Length)]);
                    break;
                default:
                    bytes[at] = (byte)Characters[random.Next(Characters.Length)];
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Told(PutCall call)
    {
        var text = new StringBuilder();
        foreach (ref readonly var record in call.Records)
        {
            text.Append(record.Data).Append(record.PartitionKey).Append(record.ExplicitHashKey);
        }

        return text.ToString();
    }

    private static PutCall NewCall() => new(new NoIntake(), new KinesisLimits());

    private sealed class NoIntake : IIntake
    {
        public void BeginCall(long bytes)
        {
        }

        public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) => false;

        public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
        {
            lsnFirst = 0;
            return PublishOutcome.Closed;
        }

        public void Dispose()
        {
        }
    }
}
