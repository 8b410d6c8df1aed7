using System.Buffers;
using System.Buffers.Text;
using System.Text;
using HotPath.Engine.Agents;

namespace HotPath.Serve.Metrics;

/// <summary>
/// Writes the two text formats into one buffer. A family is begun, then its samples follow. For one request's thread.
/// </summary>
/// <remarks>
/// <code>
/// # HELP hotpath_x_total Words.          OpenMetrics: the family is hotpath_x, its sample hotpath_x_total,
/// # TYPE hotpath_x_total counter         a unit has a # UNIT line, and # EOF ends it all
/// hotpath_x_total{label="value"} 1
/// </code>
/// </remarks>
internal sealed class MetricsWriter(ArrayBufferWriter<byte> buffer, bool isOpenMetrics)
{
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static readonly string[] s_units = ["seconds", "bytes", "ratio"];

    private string _name = "";
    private bool _isCounter;

    /// <param name="name">With _total: the sample's name in both formats.</param>
    public void Counter(string name, string help)
    {
        _isCounter = true;
        Family(name, "counter", help);
    }

    public void Gauge(string name, string help)
    {
        _isCounter = false;
        Family(name, "gauge", help);
    }

    /// <summary>A pseudo-metric that carries labels; its value is 1.</summary>
    public void Info(string name, string help, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _isCounter = false;
        Family(name, isOpenMetrics ? "info" : "gauge", help);
        Sample(1, labels);
    }

    public void Counter(string name, string help, double value)
    {
        Counter(name, help);
        Sample(value);
    }

    public void Gauge(string name, string help, double value)
    {
        Gauge(name, help);
        Sample(value);
    }

    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample("", value, labels, null);

    /// <summary>Cumulative buckets, sum and count of one series. The family is begun by <see cref="Histogram(string, string)"/>.</summary>
    public void Histogram(HistogramView histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var cumulative = 0L;
        for (var bucket = 0; bucket < histogram.Counts.Length; bucket++)
        {
            cumulative += histogram.Counts[bucket];
            var upper = bucket < DurationHistogram.UpperSeconds.Count ? DurationHistogram.UpperSeconds[bucket] : double.PositiveInfinity;
            Sample("_bucket", cumulative, labels, upper);
        }

        Sample("_sum", histogram.SumSeconds, labels, null);
        Sample("_count", cumulative, labels, null);
    }

    public void Histogram(string name, string help)
    {
        _isCounter = false;
        Family(name, "histogram", help);
    }

    public void End()
    {
        if (isOpenMetrics)
        {
            Text("# EOF\n");
        }
    }

    private void Family(string name, string type, string help)
    {
        _name = name;
        // OpenMetrics names counters and infos without their suffix.
        var family = !isOpenMetrics ? name
            : _isCounter ? name[..^"_total".Length]
            : type == "info" ? name[..^"_info".Length]
            : name;
        Text("# HELP ");
        Text(family);
        Text(" ");
        Text(help);
        Text("\n# TYPE ");
        Text(family);
        Text(" ");
        Text(type);
        Text("\n");
        if (isOpenMetrics && s_units.FirstOrDefault(unit => family.EndsWith("_" + unit, StringComparison.Ordinal)) is { } unit)
        {
            Text("# UNIT ");
            Text(family);
            Text(" ");
            Text(unit);
            Text("\n");
        }
    }

    private void Sample(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels, double? upper)
    {
        Text(_name);
        Text(suffix);
        if (labels.Length > 0 || upper is not null)
        {
            var separator = "{";
            foreach (var (name, label) in labels)
            {
                Text(separator);
                Text(name);
                Text("=\"");
                Escaped(label);
                Text("\"");
                separator = ",";
            }

            if (upper is { } bound)
            {
                Text(separator);
                Text("le=\"");
                Number(bound);
                Text("\"");
            }

            Text("}");
        }

        Text(" ");
        Number(value);
        Text("\n");
    }

    private void Number(double value)
    {
        if (double.IsPositiveInfinity(value))
        {
            Text("+Inf");
            return;
        }

        // Whole numbers as such: LSNs pass 2^53 only after centuries, and 1E+15 is hard to read.
        var span = buffer.GetSpan(32);
        var isWhole = value == Math.Truncate(value) && Math.Abs(value) < 9e15;
        var written = 0;
        _ = isWhole ? Utf8Formatter.TryFormat((long)value, span, out written) : Utf8Formatter.TryFormat(value, span, out written);
        // 1e-06, not 1E-06: bounds are compared as text, and everybody else writes them so.
        span[..written].Replace((byte)'E', (byte)'e');
        buffer.Advance(written);
    }

    private void Escaped(string label)
    {
        foreach (var rune in label.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\\':
                    Text("\\\\");
                    break;
                case '"':
                    Text("\\\"");
                    break;
                case '\n':
                    Text("\\n");
                    break;
                default:
                    buffer.Advance(rune.EncodeToUtf8(buffer.GetSpan(4)));
                    break;
            }
        }
    }

    private void Text(string text) =>
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
