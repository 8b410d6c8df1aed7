using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Delta;

namespace HotPath.Benchmarks.Delta;

/// <summary>
/// Checkpoints of a table of a million files, written from the log in a process of its own: from commits alone, then on top of
/// the checkpoint that this made. A number counts only if the table opened from the checkpoint has every file and row.
/// Topology: log on disk -> rows -> Parquet on disk.
/// </summary>
internal sealed class CheckpointCommand : IBenchCommand
{
    private const double PeakMebibytesMax = 300;

    public string Name => "delta-checkpoint";

    public string Says => "time and memory of a checkpoint of 1,000,000 files: [FILES]";

    public int Run(string[] args)
    {
        var files = args.Where(static arg => arg != BenchResult.RecordFlag).Select(static arg => int.Parse(arg, CultureInfo.InvariantCulture)).FirstOrDefault(1_000_000);
        var directory = Directory.CreateTempSubdirectory("hotpath-checkpoint-");
        try
        {
            MadeLog.Write(directory.FullName, commits: 10, filesPerCommit: files / 10);
            var result = new BenchResult(Name, "Checkpoint of a large table", args) { Verified = "files and rows of the table opened from the checkpoint alone" };
            result.Option("files", files);
            Measure(result, "from 10 commits", directory.FullName, files);
            foreach (var commit in Directory.EnumerateFiles(Path.Combine(directory.FullName, "_delta_log"), "*.json"))
            {
                File.Delete(commit);
            }

            Verify(directory.FullName, files);
            Measure(result, "from the checkpoint before", directory.FullName, files);
            Verify(directory.FullName, files);
            return result.Finish();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Measure(BenchResult result, string which, string table, int files)
    {
        var run = ChildRun.OfThis("delta-checkpoint-one", table);
        var bytes = new FileInfo(Path.Combine(table, "_delta_log", "00000000000000000010.checkpoint.parquet")).Length;
        const string Table = "1 process, HotPath";
        result.Add(new Figure(Table, which, "memory, peak of the process", "MiB", [run.PeakMebibytes]) { Goal = Goal.AtMost(PeakMebibytesMax) });
        result.Add(new Figure(Table, which, "time", "ms", [run.Millis]));
        result.Add(new Figure(Table, which, "checkpoint", "B/file", [(double)bytes / files]));
    }

    private static void Verify(string location, int files)
    {
        using var table = DeltaTable.OpenAsync(location).GetAwaiter().GetResult();
        if (table.Snapshot.Files.Count != files || table.Snapshot.RowCount != 10L * files)
        {
            throw new InvalidOperationException($"The checkpoint holds {table.Snapshot.Files.Count} files instead of {files}.");
        }
    }
}

/// <summary>The part of <see cref="CheckpointCommand"/> that needs a process of its own.</summary>
internal sealed class CheckpointOneCommand : IBenchCommand
{
    public string Name => "delta-checkpoint-one";

    public string Says => "writes one checkpoint from the log, as delta-checkpoint does in a process of its own: TABLE";

    public int Run(string[] args) => ChildRun.RunAsync(
        async () => (await DeltaTable.CheckpointAtAsync(args[0])).ToString(CultureInfo.InvariantCulture)).GetAwaiter().GetResult();
}
