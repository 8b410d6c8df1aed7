using System.Globalization;
using System.Text;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Truth;

namespace HotPath.Tests.Load;

/// <summary>A plant and all that it says, in memory.</summary>
internal static class LoadRig
{
    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const long StartMillis = 1_767_225_600_000;

    /// <summary>The rules that the generator knows the truth of, from the file beside its project.</summary>
    public static readonly string DemoRules = File.ReadAllText(
        Path.Combine(RootDirectory(), "tools", "HotPath.LoadGenerator", "demo-rules.yaml"));

    public static readonly PlanOptions Small = new()
    {
        Seed = Seed(7),
        EquipmentCount = 8,
        StartMillis = StartMillis,
        StepMillis = 5_000,
        ScanCount = 600,
    };

    /// <summary>The seed of a test, unless HOTPATH_SEED says another.</summary>
    public static ulong Seed(ulong usual) =>
        ulong.TryParse(Environment.GetEnvironmentVariable("HOTPATH_SEED"), CultureInfo.InvariantCulture, out var asked)
            ? asked
            : usual;

    /// <summary>Every reading in order of arrival, in this encoding.</summary>
    public static Recording Record(PlanOptions plan, PayloadFormat format = PayloadFormat.Json)
    {
        var plant = new Plant(plan);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        var encoder = PayloadFormats.CreateEncoder(format, plant, 1_344);
        var buffer = new byte[encoder.PieceBytesMax];
        var bytes = new MemoryStream();
        var counters = new LoadCounters();
        while (!feed.Ended)
        {
            foreach (ref readonly var scan in feed.Next())
            {
                for (var piece = 0; piece < encoder.PiecesPerScan; piece++)
                {
                    for (var time = scan.Twice ? 2 : 1; time > 0; time--)
                    {
                        bytes.Write(buffer, 0, encoder.Encode(scan, piece, buffer));
                        counters.Offered += encoder.ReadingsIn(piece);
                        counters.Duplicates += time > 1 ? encoder.ReadingsIn(piece) : 0;
                    }
                }
            }
        }

        var truth = new MemoryStream();
        var summary = TruthFile.Write(truth, plant, [feed], counters);
        return new Recording(bytes.ToArray(), Encoding.UTF8.GetString(truth.ToArray()), summary);
    }

    private static string RootDirectory()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "HotPath.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests do not run below HotPath.sln.");
        }

        return at.FullName;
    }
}

internal sealed record Recording(byte[] Bytes, string Truth, TruthSummary Summary)
{
    public string[] Lines => Encoding.UTF8.GetString(Bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The transitions and downtime rows of the truth.</summary>
    public string[] Rows => [.. Truth.Split('\n').Where(line =>
        line.StartsWith("""{"type":"transition""", StringComparison.Ordinal)
        || line.StartsWith("""{"type":"downtime""", StringComparison.Ordinal))];
}
