using System.Globalization;

namespace HotPath.Benchmarks.Results;

/// <summary>Results as tables of text: a row for each case, a column for each measure.</summary>
internal static class ResultText
{
    public static void Write(BenchResult result, TextWriter into)
    {
        foreach (var table in result.Figures.Select(ResultLine.Rounded).GroupBy(figure => figure.Table))
        {
            WriteTable(table.Key, [.. table], into);
            into.WriteLine();
        }
    }

    /// <summary>A Markdown table: median (least to most); a goal that is missed is said in its cell.</summary>
    public static void WriteTable(string name, IReadOnlyList<FigureLine> figures, TextWriter into)
    {
        string[] measures = [.. figures.Select(Heading).Distinct()];
        into.WriteLine($"| {name} | {string.Join(" | ", measures)} |");
        into.WriteLine($"|---|{string.Concat(measures.Select(_ => "---|"))}");
        foreach (var row in figures.GroupBy(figure => figure.Case))
        {
            var cells = measures.Select(measure => row.LastOrDefault(figure => Heading(figure) == measure));
            into.WriteLine($"| {row.Key} | {string.Join(" | ", cells.Select(cell => cell is null ? "" : Cell(cell)))} |");
        }
    }

    public static string Cell(FigureLine figure)
    {
        var spread = figure.Runs.Count > 1 ? $" ({Number(figure.Least)} to {Number(figure.Most)})" : "";
        var goal = figure.Goal switch
        {
            null => "",
            { } set => $"; goal {Bound(set)}{(figure.IsMissed ? " **missed**" : "")}",
        };
        return Number(figure.Median) + spread + goal;
    }

    public static string Bound(Goal goal) => $"{(goal.IsUpper ? "at most" : "at least")} {Number(goal.Bound)}";

    private static string Heading(FigureLine figure) =>
        figure.Unit.Length == 0 ? figure.Measure : $"{figure.Measure}, {figure.Unit}";

    private static string Number(double value) => value.ToString(
        Math.Abs(value) >= 1_000 ? "#,0" : "0.####", CultureInfo.InvariantCulture);
}
