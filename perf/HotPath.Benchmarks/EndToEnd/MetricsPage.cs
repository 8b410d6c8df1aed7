using System.Globalization;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>One reading of /metrics.</summary>
internal sealed class MetricsPage(string text)
{
    private readonly string[] _lines = text.Split('\n');

    /// <summary>The sum of a metric's samples, of those that have the label where one is asked for.</summary>
    public double Sum(string name, string label = "") => Samples(name)
        .Where(sample => sample.Labels.Contains(label, StringComparison.Ordinal))
        .Sum(sample => sample.Value);

    public IEnumerable<(string Labels, double Value)> Samples(string name) => _lines
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
        .Where(line => line.AsSpan(name.Length)[0] is ' ' or '{')
        .Select(line =>
        {
            var end = line.LastIndexOf(' ');
            return (line[name.Length..end], double.Parse(line.AsSpan(end + 1), CultureInfo.InvariantCulture));
        });

    public static string LabelOf(string labels, string key)
    {
        var at = labels.IndexOf(key + "=\"", StringComparison.Ordinal) + key.Length + 2;
        return labels[at..labels.IndexOf('"', at)];
    }
}
