using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Delta;

/// <summary>One measurement in a process of its own: its time, what it found, and the most memory that the process ever had.</summary>
/// <param name="Millis">The work alone, without the start of the process.</param>
/// <param name="PeakMebibytes">Resident at its peak, the runtime included.</param>
/// <param name="BaseMebibytes">The peak before the work began.</param>
/// <param name="Found">What is compared.</param>
internal sealed record ChildRun(double Millis, double PeakMebibytes, double BaseMebibytes, string Found)
{
    /// <summary>This program again, with other words.</summary>
    public static ChildRun OfThis(params string[] args) =>
        Of("dotnet", [typeof(ChildRun).Assembly.Location, .. args]);

    public static ChildRun OfNode(string script, params string[] args) =>
        Of("node", [Path.Combine(Repository.InteropTools, script), .. args]);

    /// <summary>Does the work, and prints the line that the parent reads.</summary>
    public static async Task<int> RunAsync(Func<Task<string>> work)
    {
        var before = PeakMebibytesNow();
        var start = Stopwatch.GetTimestamp();
        var found = await work();
        var millis = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Console.WriteLine(JsonSerializer.Serialize(new ChildRun(millis, PeakMebibytesNow(), before, found)));
        return 0;
    }

    /// <summary>VmHWM of this process.</summary>
    private static double PeakMebibytesNow()
    {
        var line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    private static ChildRun Of(string program, string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ChildRun>(output.Trim().Split('\n')[^1])!
            : throw new InvalidOperationException($"{program} {string.Join(' ', args)} ended with {process.ExitCode}.");
    }
}
