using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Delta;

/// <summary>
/// Opens tables with long logs, next to chdb: each in processes of their own, in turn, with the same tables from the same page
/// cache. A number counts only if both find the same. Topology: log on disk -> snapshot in memory; the ceiling is reading and
/// parsing the JSON once.
/// </summary>
internal sealed class LoadCommand : IBenchCommand
{
    private const int Commits = 10_000;

    public string Name => "delta-load";

    public string Says => "opening a table of 300,000 files and one of 10,000 commits, next to chdb: [ROUNDS]";

    public int Run(string[] args)
    {
        var rounds = args.Where(static arg => arg != BenchResult.RecordFlag).Select(static arg => int.Parse(arg, CultureInfo.InvariantCulture)).FirstOrDefault(3);
        var directory = Directory.CreateTempSubdirectory("hotpath-load-");
        try
        {
            var result = new BenchResult(Name, "Loading long logs", args) { Verified = "the row counts that chdb finds" };
            if (Unpack(directory.FullName) is { } packed)
            {
                Measure(result, "300,000 adds in 5 commits, 100 columns", packed, "none", rounds);
            }
            else
            {
                result.NotMeasured("the table of 300,000 files: ../shared/delta-data is not here");
            }

            var long_ = Path.Combine(directory.FullName, "commits");
            MadeLog.Write(long_, Commits, filesPerCommit: 1);
            Measure(result, "10,000 commits without a checkpoint", long_, "count", rounds);
            result.Notes = "Memory is the process's resident peak, the runtime or engine included; its peak before the work stands beside it.";
            return result.Finish();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string? Unpack(string directory)
    {
        var archive = Path.Combine(Repository.Shared, "delta-data", "tables", "300k-add-files-100-col-partitioned.tar.zst");
        if (!File.Exists(archive))
        {
            return null;
        }

        using var tar = Process.Start("tar", ["--zstd", "-xf", archive, "-C", directory]);
        tar.WaitForExit();
        return tar.ExitCode == 0
            ? Directory.EnumerateDirectories(directory, "_delta_log", SearchOption.AllDirectories).Select(static log => Path.GetDirectoryName(log)!).First()
            : throw new InvalidOperationException("tar cannot unpack the table.");
    }

    private static void Measure(BenchResult result, string which, string table, string what, int rounds)
    {
        var (ours, theirs) = (new List<ChildRun>(), new List<ChildRun>());
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(ChildRun.OfThis("delta-load-one", table, what));
            theirs.Add(ChildRun.OfNode("load-delta.mjs", table, what));
        }

        if (ours.Concat(theirs).Select(static run => run.Found).Distinct().Count() != 1)
        {
            throw new InvalidOperationException($"{which}: {ours[0].Found} here, {theirs[0].Found} in chdb.");
        }

        Add(result, which, "HotPath", ours);
        Add(result, which, "chdb", theirs);
        result.Add(new Figure(which, "HotPath", "chdb's time over ours", "x", [.. ours.Zip(theirs, static (one, other) => other.Millis / one.Millis)]) { Goal = Goal.AtLeast(1) });
    }

    private static void Add(BenchResult result, string which, string engine, List<ChildRun> runs)
    {
        result.Add(new Figure(which, engine, "time", "ms", [.. runs.Select(static run => run.Millis)]));
        result.Add(new Figure(which, engine, "memory", "MiB", [.. runs.Select(static run => run.PeakMebibytes)]));
        result.Add(new Figure(which, engine, "memory before", "MiB", [.. runs.Select(static run => run.BaseMebibytes)]));
    }
}

/// <summary>The part of <see cref="LoadCommand"/> that needs a process of its own.</summary>
internal sealed class LoadOneCommand : IBenchCommand
{
    public string Name => "delta-load-one";

    public string Says => "opens one table and counts its rows, as delta-load does in a process of its own: TABLE count|none";

    public int Run(string[] args) => ChildRun.RunAsync(async () =>
    {
        using var table = await DeltaTable.OpenAsync(args[0]);
        if (args[1] == "count")
        {
            return (table.Snapshot.RowCount ?? -1).ToString(CultureInfo.InvariantCulture);
        }

        // Every add is looked at, and no data file opened: the table has none.
        var nowhere = ColumnValue.OfBytes("nope"u8.ToArray());
        var rows = 0L;
        await foreach (var batch in table.ReadAsync(new ReadOptions { Ranges = [new ColumnRange("partition_col", nowhere, nowhere)] }))
        {
            rows += batch.RowCount;
        }

        return rows.ToString(CultureInfo.InvariantCulture);
    }).GetAwaiter().GetResult();
}
