namespace HotPath.Benchmarks.Results;

/// <summary>
/// One cell of a result's tables: the runs of one measure (a column, with its unit) of one case (a row).
/// <see cref="Runs"/> are the values themselves, in the order in which they were taken.
/// </summary>
internal sealed record Figure(string Table, string Case, string Measure, string Unit, double[] Runs)
{
    /// <summary>Null: no goal was set for it.</summary>
    public Goal? Goal { get; init; }

    public double Median { get; } = MedianOf(Runs);

    public double Least { get; } = Runs.Min();

    public double Most { get; } = Runs.Max();

    public bool IsMissed => Goal is { } goal && !goal.IsMet(Median);

    private static double MedianOf(double[] runs)
    {
        double[] sorted = [.. runs.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
