using System.Globalization;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>What a running service takes, looked at once a second.</summary>
/// <param name="Seconds">Since the first look.</param>
/// <param name="Phase">What was done to it then.</param>
/// <param name="ResidentMib">Pages of the process in memory.</param>
/// <param name="DiskBytes">Of journal, ledger and snapshots.</param>
/// <param name="Published">The last LSN of the ring.</param>
/// <param name="InTables">The LSN up to which the tables hold everything.</param>
internal sealed record Vital(double Seconds, string Phase, double ResidentMib, long DiskBytes, long Published, long InTables)
{
    public static async Task<Vital?> LookAsync(Service service, double seconds, string phase)
    {
        try
        {
            var positions = (await service.StatusAsync()).GetProperty("positions");
            return new Vital(
                seconds,
                phase,
                ResidentKib(service.Id) / 1024.0,
                new DirectoryInfo(service.Place.Data).EnumerateFiles("*", SearchOption.AllDirectories).Sum(SizeOf),
                positions.GetProperty("published").GetInt64(),
                positions.GetProperty("delta").GetInt64());
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static long ResidentKib(int processId) => long.Parse(
        File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}

/// <summary>All looks at one service, and what they come to.</summary>
internal sealed class Vitals
{
    private readonly List<Vital> _all = [];

    public void Add(Vital vital) => _all.Add(vital);

    public IReadOnlyList<Vital> Of(params IReadOnlyList<string> phases) => [.. _all.Where(vital => phases.Contains(vital.Phase))];

    public Vital? Last => _all.Count > 0 ? _all[^1] : null;

    public double ResidentMibMax => _all.Max(vital => vital.ResidentMib);

    /// <summary>Least squares, MiB a minute.</summary>
    public static double ResidentSlope(IReadOnlyList<Vital> vitals)
    {
        var (time, memory) = (vitals.Average(vital => vital.Seconds), vitals.Average(vital => vital.ResidentMib));
        var above = vitals.Sum(vital => (vital.Seconds - time) * (vital.ResidentMib - memory));
        var below = vitals.Sum(vital => (vital.Seconds - time) * (vital.Seconds - time));
        return below > 0 ? above / below * 60 : 0;
    }

    public static double PublishedPerSecond(IReadOnlyList<Vital> vitals) => PerSecond(vitals, vital => vital.Published);

    public static double IntoTablesPerSecond(IReadOnlyList<Vital> vitals) => PerSecond(vitals, vital => vital.InTables);

    public static double DiskBytesPerReading(IReadOnlyList<Vital> vitals) =>
        (double)(vitals[^1].DiskBytes - vitals[0].DiskBytes) / Math.Max(1, vitals[^1].Published - vitals[0].Published);

    private static double PerSecond(IReadOnlyList<Vital> vitals, Func<Vital, long> of) =>
        (of(vitals[^1]) - of(vitals[0])) / Math.Max(1, vitals[^1].Seconds - vitals[0].Seconds);
}
