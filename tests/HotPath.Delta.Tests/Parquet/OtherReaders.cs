using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Delta.Columns;
using HotPath.TestKit;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>Parquet readers of others, run by node: tools/interop/read-parquet.mjs.</summary>
internal static class OtherReaders
{
    public static readonly string ToolsDirectory = Repository.InteropTools;

    public static readonly string PackagesDirectory =
        Environment.GetEnvironmentVariable("HOTPATH_INTEROP") ?? ToolsDirectory;

    public static bool AreInstalled => Directory.Exists(Path.Combine(PackagesDirectory, "node_modules", "hyparquet"));

    /// <summary>The lines a reader prints: a JSON object per row.</summary>
    public static string[] Read(string engine, string file)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(ToolsDirectory, "read-parquet.mjs"), engine, file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOTPATH_INTEROP"] = PackagesDirectory;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{engine} cannot read the file: {errors.Result}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A printed value as text; null for null.</summary>
    public static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    /// <summary>Whether a value in words is what a reader printed, as far as that reader can tell.</summary>
    public static bool AreEqual(ColumnType type, string? expected, string? actual, string engine)
    {
        if (expected is null || actual is null || expected == actual)
        {
            return expected == actual;
        }

        return type.Kind switch
        {
            ColumnKind.Double => Number(expected).Equals(Number(actual)),
            ColumnKind.Float => ((float)Number(expected)).Equals((float)Number(actual)),

            // hyparquet has no decimals, only doubles.
            ColumnKind.Decimal => engine == "hyparquet"
                && Math.Abs(Number(expected) - Number(actual)) <= 1e-12 * Math.Abs(Number(expected)) + 1e-12,

            // chdb prints binary that happens to be UTF-8 as text.
            ColumnKind.Binary => engine == "chdb"
                && expected == "0x" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(actual)),
            _ => false,
        };
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}

/// <summary>A theory that needs the packages of tools/interop/setup.sh.</summary>
internal sealed class OtherReadersTheoryAttribute : TheoryAttribute
{
    public OtherReadersTheoryAttribute()
    {
        if (!OtherReaders.AreInstalled)
        {
            Skip = "The other readers are not installed: run tools/interop/setup.sh, or set HOTPATH_INTEROP to where they are.";
        }
    }
}
