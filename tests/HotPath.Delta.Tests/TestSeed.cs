using System.Globalization;

namespace HotPath.Delta.Tests;

/// <summary>Seeds of random tests: new ones each run, or the one in HOTPATH_SEED. A failing test prints its seed.</summary>
internal static class TestSeed
{
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next();
}
