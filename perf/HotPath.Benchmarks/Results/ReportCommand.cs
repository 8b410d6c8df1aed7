using System.Globalization;
using HotPath.Benchmarks.Commands;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Results;

/// <summary>Writes BENCHMARKS.md from perf/results: nothing in it is written by hand.</summary>
internal sealed class ReportCommand : IBenchCommand
{
    private const string Opening = """
        # Benchmarks

        Generated from `perf/results` by `dotnet run -c Release --project perf/HotPath.Benchmarks -- report`; do not edit.
        Every figure was verified by its command before it counted, and stands as median (least to most of its runs). The
        newest run of each command is shown; older ones stay in `perf/results`, a line each. Ratios within a run and CPU time
        a reading transfer to other machines; rates do not. Goals are stated where there are any, also where they are missed.
        """;

    public string Name => "report";

    public string Says => "writes BENCHMARKS.md from perf/results";

    public int Run(string[] args)
    {
        ResultLine[] shown =
        [
            .. ResultFile.ReadAll()
                .GroupBy(line => (line.Command, line.Title))
                .Select(series => series.MaxBy(line => line.TakenAt)!)
                .OrderBy(line => OrderOf(line.Command)).ThenBy(line => line.Command, StringComparer.Ordinal)
                .ThenBy(line => line.TakenAt),
        ];
        var path = Path.Combine(Repository.Root, "BENCHMARKS.md");
        using (var into = new StreamWriter(path) { NewLine = "\n" })
        {
            into.WriteLine(Opening);
            WriteMachines(shown, into);
            WriteLosing(shown, into);
            foreach (var line in shown)
            {
                WriteSection(line, into);
            }

            WriteNotMeasured(shown, into);
        }

        Console.Error.WriteLine($"{shown.Length} results in {path}");
        return 0;
    }

    /// <summary>The whole way first, then its layers from the outside in.</summary>
    private static int OrderOf(string command)
    {
        var place = Array.IndexOf(["end-to-end", "udp", "kinesis", "decode", "ring", "journal", "rules"], command);
        return place < 0 ? int.MaxValue : place;
    }

    private static void WriteMachines(ResultLine[] shown, StreamWriter into)
    {
        into.WriteLine();
        into.WriteLine("## On what");
        into.WriteLine();
        foreach (var machine in shown.GroupBy(line => line.Machine with { Commit = "" }))
        {
            var key = machine.Key;
            into.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"- {key.Cpu}, **{key.Cores} cores**, {key.MemoryGib} GiB; {key.Kernel}; {key.Runtime}, SDK {key.Sdk}; GC {key.GcMode}."));
        }
    }

    private static void WriteLosing(ResultLine[] shown, StreamWriter into)
    {
        into.WriteLine();
        into.WriteLine("## Where it loses");
        into.WriteLine();
        if (WriteFigures(shown, figure => figure.IsMissed, into) == 0)
        {
            into.WriteLine("No figure below misses a goal that was set for it.");
        }

        // By convention a ratio is the other's cost over ours, and its unit is x.
        into.WriteLine();
        into.WriteLine("Ratios below 1 for which no goal was set: there what stands beside is better.");
        into.WriteLine();
        WriteFigures(shown, figure => figure is { Unit: "x", Goal: null, Median: < 1 }, into);
    }

    private static int WriteFigures(ResultLine[] shown, Func<FigureLine, bool> isWanted, StreamWriter into)
    {
        var count = 0;
        foreach (var line in shown)
        {
            foreach (var figure in line.Figures.Where(isWanted))
            {
                into.WriteLine($"- {line.Title}: {figure.Table}, {figure.Case}, {figure.Measure}: {ResultText.Cell(figure)} {figure.Unit}".TrimEnd());
                count++;
            }
        }

        return count;
    }

    private static void WriteSection(ResultLine line, StreamWriter into)
    {
        into.WriteLine();
        into.WriteLine($"## {line.Title}");
        into.WriteLine();
        into.WriteLine($"`dotnet run -c Release --project perf/HotPath.Benchmarks -- {string.Join(' ', [line.Command, .. line.Args])}`");
        into.WriteLine();
        if (line.Notes.Length > 0)
        {
            into.WriteLine(line.Notes);
            into.WriteLine();
        }

        into.WriteLine($"Verified: {line.Verified}.");
        into.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Taken {line.TakenAt:yyyy-MM-dd HH:mm} UTC at commit {line.Machine.Commit}, load average before {line.LoadAverageBefore:0.0}."));
        if (line.Options.Count > 0)
        {
            into.WriteLine($"Settings: {string.Join(", ", line.Options.Select(option => $"{option.Key} {option.Value}"))}.");
        }

        foreach (var table in line.Figures.GroupBy(figure => figure.Table))
        {
            into.WriteLine();
            ResultText.WriteTable(table.Key, [.. table], into);
        }
    }

    private static void WriteNotMeasured(ResultLine[] shown, StreamWriter into)
    {
        into.WriteLine();
        into.WriteLine("## Not measured");
        into.WriteLine();
        foreach (var what in shown.SelectMany(line => line.NotMeasured).Distinct())
        {
            into.WriteLine($"- {what}");
        }

        // A bench whose figures nobody recorded is told as such; these are no benches.
        var recorded = shown.Select(line => line.Command).Concat(["report", "micro", "allocation", "delta-load-one", "delta-checkpoint-one"]).ToHashSet();
        foreach (var command in BenchCommands.All.Where(command => !recorded.Contains(command.Name)))
        {
            into.WriteLine($"- `{command.Name}` ({command.Says}): no recorded run");
        }
    }
}
