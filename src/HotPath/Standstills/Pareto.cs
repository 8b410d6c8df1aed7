using HotPath.Serve.Http;

namespace HotPath.Standstills;

/// <summary>Sums downtimes by what caused them, the greatest first. The one place where that is computed.</summary>
internal static class Pareto
{
    public static ParetoDocument Of(IReadOnlyCollection<Standstill> rows, long fromMicros, long toMicros, long nowMicros)
    {
        var lines = rows
            .Where(row => !row.IsMicro)
            .GroupBy(row => (row.Reason, row.State, row.Category))
            .Select(group => (
                group.Key,
                Seconds: group.Sum(row => row.MicrosWithin(fromMicros, toMicros, nowMicros)) / 1e6,
                Count: group.Count()))
            .OrderByDescending(line => line.Seconds)
            .ToList();
        var micro = rows.Where(row => row.IsMicro).ToList();
        var total = lines.Sum(line => line.Seconds);
        var sum = 0.0;
        return new ParetoDocument(
            Documents.Time(fromMicros),
            Documents.Time(toMicros),
            [.. lines.Select(line =>
            {
                sum += line.Seconds;
                return new ParetoLine(
                    line.Key.Reason, line.Key.State, Documents.Category(line.Key.Category) ?? "",
                    line.Seconds, line.Count, total > 0 ? sum / total : 0);
            })],
            total,
            micro.Count,
            micro.Sum(row => row.MicrosWithin(fromMicros, toMicros, nowMicros)) / 1e6);
    }
}
