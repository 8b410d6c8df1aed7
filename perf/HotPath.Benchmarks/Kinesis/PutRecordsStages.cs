using System.Security.Cryptography;
using System.Text;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Kinesis;
using HotPath.Kinesis.Put;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// What each stage of a PutRecords call costs on one thread, without the network: the ceilings of the run. Each stage
/// with a plus contains those above it.
/// </summary>
internal static class PutRecordsStages
{
    private const int Rounds = 20;
    private const int CallsPerRound = 100;

    public static int Run(string[] args)
    {
        var result = new BenchResult("kinesis", "PutRecords by stage, one thread", args)
        {
            Verified = "every call was read as regular JSON and staged without a refusal",
            Notes = $"A call has {PutRecordsBody.RecordCount} records of {PutRecordsBody.RecordBytes} bytes. A stage with a plus contains those above it from the reading of JSON on.",
        };
        var body = PutRecordsBody.Body(seed: 0);
        var options = new KinesisOptions();
        var names = new NameTables();
        var clock = new SystemClock();
        var parts = new KinesisParts(
            names, () => PutRecordsService.NewIntake(names, new NameQuota()), new PutRecordsService.NoWait(), clock);
        var puts = new PutOperations(
            options, new StreamCatalog(options, parts, raw: null), new KinesisCounters(), raw: null);
        var schemas = new Schemas(options.Limits);
        using var call = new PutCall(PutRecordsService.NewIntake(names, new NameQuota()), options.Limits);

        Measure(result, "SHA-256 of the body", () => SHA256.HashData(body, stackalloc byte[32]));
        Measure(result, "read JSON", () => Read(body, call));
        Measure(result, "+ rules", () =>
        {
            Read(body, call);
            _ = PutRules.Hold(call, body, WireFormat.Json, options.Limits);
        });
        Measure(result, "+ route, base64, decode", () =>
        {
            Read(body, call);
            _ = PutRules.Hold(call, body, WireFormat.Json, options.Limits);
            var input = new PutInput(call, body, WireFormat.Json, clock.NowMicros) { Schemas = schemas };
            if (puts.Stage(input, out _) is { } refusal)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        });
        Measure(result, "decode alone", () => Decode(call, body));
        Measure(result, "write numbers", () =>
        {
            var writer = default(SequenceWriter);
            Span<byte> digits = stackalloc byte[SequenceNumber.Digits];
            for (var index = 0; index < PutRecordsBody.RecordCount; index++)
            {
                writer.Write(index, digits);
            }
        });
        return result.Finish();
    }

    private static void Decode(PutCall call, byte[] body)
    {
        call.Staged.Clear();
        Span<byte> data = stackalloc byte[1024];
        foreach (ref readonly var record in call.Records)
        {
            _ = Base64Text.TryDecode(call.Bytes(body, record.Data), data, out var written);
            call.Intake.Decode(data[..written], default, call.Staged);
        }
    }

    private static void Read(byte[] body, PutCall call)
    {
        call.Clear();
        if (PutJson.Read(body, call, isBatch: true) != PutParse.Regular)
        {
            throw new InvalidOperationException(Encoding.ASCII.GetString(body));
        }
    }

    private static void Measure(BenchResult result, string stage, Action work)
    {
        var runs = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var startNanos = ThreadCpu.Nanoseconds;
            for (var times = 0; times < CallsPerRound; times++)
            {
                work();
            }

            runs[round] = (double)(ThreadCpu.Nanoseconds - startNanos) / CallsPerRound / PutRecordsBody.RecordCount;
        }

        result.Add(new Figure("stage", stage, "CPU", "ns/record", runs));
    }
}
