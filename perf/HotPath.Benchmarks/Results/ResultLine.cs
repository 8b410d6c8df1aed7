namespace HotPath.Benchmarks.Results;

/// <summary>One line of perf/results.</summary>
internal sealed record ResultLine(
    string Command,
    string Title,
    IReadOnlyList<string> Args,
    DateTimeOffset TakenAt,
    Machine Machine,
    double LoadAverageBefore,
    IReadOnlyList<KeyValuePair<string, string>> Options,
    string Verified,
    string Notes,
    IReadOnlyList<FigureLine> Figures,
    IReadOnlyList<string> NotMeasured)
{
    public static FigureLine Rounded(Figure figure) => new(
        figure.Table,
        figure.Case,
        figure.Measure,
        figure.Unit,
        [.. figure.Runs.Select(FourDigits)],
        FourDigits(figure.Median),
        FourDigits(figure.Least),
        FourDigits(figure.Most),
        figure.Goal,
        figure.IsMissed);

    /// <summary>More digits than four are noise; integers keep theirs.</summary>
    private static double FourDigits(double value)
    {
        if (value == 0 || !double.IsFinite(value) || Math.Abs(value) >= 1e4)
        {
            return Math.Round(value);
        }

        var decimals = 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return Math.Round(value, Math.Clamp(decimals, 0, 15));
    }
}

/// <summary>One figure of a line, with the runs it comes from.</summary>
internal sealed record FigureLine(
    string Table,
    string Case,
    string Measure,
    string Unit,
    IReadOnlyList<double> Runs,
    double Median,
    double Least,
    double Most,
    Goal? Goal,
    bool IsMissed);
