using System.Globalization;

namespace HotPath.Benchmarks.Results;

/// <summary>
/// What a command measured, after it verified it. One thread fills it and calls <see cref="Finish"/>, which prints the
/// tables and, with --record, keeps one line in perf/results.
/// <code>
/// var result = new BenchResult("ring", "Ring between threads", args) { Verified = "every event's words were summed" };
/// result.Option("slots", 65_536);
/// result.Add(new Figure("1 to 1", "batch 16", "against Disruptor-net", "x", ratios) { Goal = Goal.AtLeast(1) });
/// result.NotMeasured("more than two cores");
/// return result.Finish();
/// </code>
/// </summary>
internal sealed class BenchResult(string command, string title, string[] args)
{
    public const string RecordFlag = "--record";

    /// <summary>Set once, by the command line.</summary>
    public static bool IsRecording { get; set; }

    public string Command { get; } = command;

    /// <summary>The heading in BENCHMARKS.md. The newest result of a command and a title is the one that is shown.</summary>
    public string Title { get; } = title;

    public IReadOnlyList<string> Args { get; } = args;

    /// <summary>What was compared before any number counted. Required: a figure that nobody verified is none.</summary>
    public required string Verified { get; init; }

    /// <summary>Where the ceiling is and what a reader needs to understand the tables; may be empty.</summary>
    public string Notes { get; set; } = "";

    public DateTimeOffset TakenAt { get; } = DateTimeOffset.UtcNow;

    public double LoadAverageBefore { get; } = Machine.LoadAverage();

    public List<KeyValuePair<string, string>> Options { get; } = [];

    public List<Figure> Figures { get; } = [];

    public List<string> LeftOut { get; } = [];

    public void Option(string name, object value) =>
        Options.Add(new(name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));

    public void Add(Figure figure) => Figures.Add(figure);

    /// <summary>Adds the best and the median of <paramref name="measured"/> as one figure of nanoseconds.</summary>
    public void Add(string table, string name, string measure, Measured measured, Goal? goal = null) =>
        Add(new Figure(table, name, measure, "ns", [.. measured.Nanoseconds]) { Goal = goal });

    public void NotMeasured(string what) => LeftOut.Add(what);

    /// <summary>Prints, and keeps the line where that was asked for. Always 0: a missed goal is a result.</summary>
    public int Finish()
    {
        ResultText.Write(this, Console.Out);
        if (IsRecording)
        {
            Console.Error.WriteLine($"recorded in {ResultFile.Append(this)}");
        }

        return 0;
    }
}
