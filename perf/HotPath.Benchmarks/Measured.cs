using System.Diagnostics;
using System.Globalization;

namespace HotPath.Benchmarks;

/// <summary>Repetitions of one measure: best and median, as nanoseconds and as a rate.</summary>
internal sealed class Measured(string name)
{
    private readonly List<double> _nanoseconds = [];

    /// <summary>Of each repetition, in order.</summary>
    public IReadOnlyList<double> Nanoseconds => _nanoseconds;

    public double Best => _nanoseconds.Min();

    public double Median => _nanoseconds.Order().ElementAt(_nanoseconds.Count / 2);

    /// <summary>Runs once and notes the time of each of <paramref name="count"/> events.</summary>
    public void Take(long count, Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        Note(Stopwatch.GetElapsedTime(start), count);
    }

    public void Note(TimeSpan elapsed, long count) => _nanoseconds.Add(elapsed.TotalNanoseconds / count);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-46} {Best,8:F2} / {Median,8:F2} ns   {1_000 / Best,8:F1} / {1_000 / Median,8:F1} M/s");
}
