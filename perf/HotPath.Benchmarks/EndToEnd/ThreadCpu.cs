using System.Globalization;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>CPU nanoseconds of every thread of a process, by the name of the thread, as the scheduler counts them.</summary>
internal sealed class ThreadCpu
{
    /// <summary>On two cores these share a thread.</summary>
    public const string ShardAndLedger = "shard and ledger";

    private readonly Dictionary<(string Name, string Id), long> _nanos = [];

    private ThreadCpu()
    {
    }

    public static ThreadCpu Of(int processId)
    {
        var read = new ThreadCpu();
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            try
            {
                var nanos = File.ReadAllText($"{thread}/schedstat").Split(' ')[0];
                read._nanos[(File.ReadAllText($"{thread}/comm").Trim(), Path.GetFileName(thread))] =
                    long.Parse(nanos, CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended between the listing and the reading; the process' own total has its time.
            }
        }

        return read;
    }

    /// <summary>What each stage used since <paramref name="before"/>.</summary>
    public Dictionary<string, double> Since(ThreadCpu before) => _nanos
        .GroupBy(thread => StageOf(thread.Key.Name))
        .ToDictionary(
            stage => stage.Key,
            stage => stage.Sum(thread => (double)(thread.Value - before._nanos.GetValueOrDefault(thread.Key))));

    private static string StageOf(string thread) => thread switch
    {
        _ when thread.StartsWith("udp", StringComparison.Ordinal) => "ingest (UDP, decode)",
        "journal" => "journal",
        "engine" => ShardAndLedger,
        "ledger" => "ledger",
        _ when thread.StartsWith("shard", StringComparison.Ordinal) => "shard",
        "patient" => "journal segments, ticks",
        "sink" => "sink",
        "upkeep" => "upkeep of tables",
        ".NET Tiered Com" => "JIT",
        _ => "HTTP and the rest",
    };
}
