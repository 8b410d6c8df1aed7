using System.Globalization;

namespace HotPath.TestKit;

/// <summary>Where random tests take their seed from: HOTPATH_SEED, or a fresh one. The test prints it.</summary>
public static class TestSeed
{
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Environment.TickCount & int.MaxValue;
}
