using System.Globalization;
using System.Text;
using HotPath.Cli.Watch;
using HotPath.Serve.Http;

namespace HotPath.Cli.Reports;

/// <summary>Reports as columns for people.</summary>
internal static class ReportText
{
    public static string Of(KpiDocument report)
    {
        var text = new StringBuilder(Window(report.From, report.To));
        var rows = report.Lines.Select(line => new[]
        {
            line.EquipmentId,
            line.RuleId,
            Share(line.Availability),
            Number(line.Stops),
            TopText.Seconds(line.StoppedSeconds),
            TopText.Seconds(line.MtbfSeconds),
            TopText.Seconds(line.MttrSeconds),
            Number(line.MicroStops),
            TopText.Seconds(line.PlannedSeconds),
            TopText.Seconds(line.UnknownSeconds),
        });
        Columns(text, 2, ["machine", "rule", "availability", "stops", "stopped", "MTBF", "MTTR", "micro-stops", "planned", "unknown"], rows);
        return text.ToString();
    }

    public static string Of(DowntimeReport report)
    {
        var text = new StringBuilder(Window(report.Reasons.From, report.Reasons.To));
        Columns(text, 3, ["reason", "state", "category", "time", "count", "together"], report.Reasons.Lines.Select(line => new[]
        {
            line.Reason ?? "-",
            line.State,
            line.Category,
            TopText.Seconds(line.Seconds),
            Number(line.Count),
            Share(line.CumulativeRatio),
        }));
        text.Append(CultureInfo.InvariantCulture, $"{report.Reasons.MicroStops:N0} micro-stops, {TopText.Seconds(report.Reasons.MicroStopSeconds)} together\n\n");
        Columns(text, 8, ["machine", "rule", "state", "reason", "category", "micro", "start", "end", "duration"], report.Downtimes.Select(row => new[]
        {
            row.EquipmentId,
            row.RuleId,
            row.State,
            row.Reason ?? "-",
            row.Category,
            row.IsMicro ? "yes" : "",
            Time(row.StartTime),
            row.EndTime is { } end ? Time(end) : "open",
            TopText.Seconds(row.DurationSeconds),
        }));
        return text.ToString();
    }

    /// <summary>The first so many columns are words, to the left; the others are figures, to the right.</summary>
    private static void Columns(StringBuilder text, int words, string[] head, IEnumerable<string[]> rows)
    {
        string[][] lines = [head, .. rows];
        var widths = head.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, column) => column < words ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }
    }

    private static string Window(DateTime from, DateTime to) => $"{Time(from)} to {Time(to)}\n\n";

    private static string Time(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Share(double? ratio) => ratio is { } some ? string.Create(CultureInfo.InvariantCulture, $"{some * 100:F1} %") : "-";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
