using System.IO.Compression;
using System.Text;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Decode;

namespace HotPath.Benchmarks.Decode;

/// <summary>gzip undone beside the runtime's own, which is zlib-ng: readings as JSON, and a bomb.</summary>
internal sealed class InflateCommand : IBenchCommand
{
    private const int RunCount = 7;
    private const int ReadingCount = 20_000;

    private static readonly byte[] Sink = new byte[64 * 1024];

    public string Name => "inflate";

    public string Says => "gzip undone beside zlib: a batch of readings, one record, a bomb";

    public int Run(string[] args)
    {
        var result = new BenchResult(Name, "gzip undone beside the runtime's zlib", args)
        {
            Verified = "both give the bytes that were packed, with their checksum",
            Notes = "CPU time of the one thread. The runtime makes a stream for each record, as its API has it.",
        };
        var batch = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, ReadingCount).Select(Reading)));
        var bomb = new byte[EngineLimits.ExpandedBytesMax];
        Compare(result, "readings, 2 MB", batch, times: 4);
        Compare(result, "one reading", Encoding.UTF8.GetBytes(Reading(1)), times: 2_000);
        Compare(result, "a bomb of 16 MiB", bomb, times: 2);
        return result.Finish();
    }

    private static string Reading(int reading) =>
        $$"""{"equipmentId":"press-{{reading % 40}}","timestamp":{{1_700_000_000_000 + (reading * 7)}},"tag":"temperature","value":{{20 + (reading * 7919 % 1000 / 100.0)}}}""";

    private static void Compare(BenchResult result, string what, byte[] plain, int times)
    {
        var packed = Pack(plain);
        using var into = new ExpandBuffer();
        var gzip = new Gzip();
        var ours = Measure(times, () => Check(gzip.TryExpand(packed, into, out var bytes) && bytes == plain.Length, into, plain));
        var theirs = Measure(times, () => Expand(packed, plain.Length));
        var megabytes = plain.Length * (double)times / 1e6;
        result.Add(new Figure(what, "HotPath", "speed", "MB/s", [.. ours.Select(nanos => megabytes / nanos * 1e9)]));
        result.Add(new Figure(what, "zlib of the runtime", "speed", "MB/s", [.. theirs.Select(nanos => megabytes / nanos * 1e9)]));
        result.Add(new Figure(what, "HotPath", "zlib's time over ours", "x", [theirs.Min() / ours.Min()]));
    }

    private static double[] Measure(int times, Action run)
    {
        run();
        var nanos = new double[RunCount];
        for (var at = 0; at < RunCount; at++)
        {
            var begin = ThreadCpu.Nanoseconds;
            for (var time = 0; time < times; time++)
            {
                run();
            }

            nanos[at] = ThreadCpu.Nanoseconds - begin;
        }

        return nanos;
    }

    private static unsafe void Check(bool isGood, ExpandBuffer into, byte[] plain) => Engine.Invariant.Holds(
        isGood && into.Bytes[plain.Length - 1] == plain[^1] && into.Bytes[plain.Length / 2] == plain[plain.Length / 2], "what was packed comes out");

    private static void Expand(byte[] packed, int bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        var all = 0;
        for (var read = gzip.Read(Sink); read > 0; read = gzip.Read(Sink))
        {
            all += read;
        }

        Engine.Invariant.Holds(all == bytes, "the runtime gives what was packed");
    }

    private static byte[] Pack(byte[] plain)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    }
}
