namespace HotPath.Delta.Tests.Parquet;

/// <summary>Random numbers whose seed is printed and can be set by HOTPATH_SEED.</summary>
internal static class Seeded
{
    public static Random Random(Xunit.Abstractions.ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"HOTPATH_SEED={seed}");
        return new Random(seed);
    }
}
