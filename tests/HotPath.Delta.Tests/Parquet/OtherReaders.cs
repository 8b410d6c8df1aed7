using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>Parquet readers of others, run by node: tools/interop/read-parquet.mjs.</summary>
internal static class OtherReaders
{
    public static readonly string ToolsDirectory = Path.GetFullPath(Path.Combine(SourceDirectory(), "../../../tools/interop"));

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

    private static string SourceDirectory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
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
