using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Results;

/// <summary>On what a result was taken: code, hardware, kernel, runtime.</summary>
internal sealed record Machine(
    string Commit, string Cpu, int Cores, double MemoryGib, string Kernel, string Runtime, string Sdk, string GcMode)
{
    /// <summary>The commit that this was built from; it ends with '+' where tracked files differ from it.</summary>
    public static Machine Here { get; } = new(
        BuiltFrom() + (Output("git", "status", "--porcelain", "--untracked-files=no", "--", "src", "tools", "perf/HotPath.Benchmarks").Length > 0 ? "+" : ""),
        CpuName(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        $"kernel {Environment.OSVersion.Version}, {RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}",
        RuntimeInformation.FrameworkDescription,
        Output("dotnet", "--version"),
        $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {GCSettings.LatencyMode}");

    /// <summary>Runnable tasks a minute, by the kernel: above the number of cores, other work ran too.</summary>
    public static double LoadAverage() =>
        OperatingSystem.IsLinux()
            ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
            : double.NaN;

    /// <summary>What was built, not what is checked out by now.</summary>
    private static string BuiltFrom()
    {
        const int ShortHash = 7;
        var version = typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var at = version?.IndexOf('+', StringComparison.Ordinal) ?? -1;
        return at >= 0 && version!.Length > at + ShortHash ? version.Substring(at + 1, ShortHash) : "?";
    }

    private static string CpuName()
    {
        const string Key = "model name";
        return OperatingSystem.IsLinux()
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?"
            : "?";
    }

    private static string Output(string program, params string[] args)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, args)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Repository.Root,
            })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : "?";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "?";
        }
    }
}
