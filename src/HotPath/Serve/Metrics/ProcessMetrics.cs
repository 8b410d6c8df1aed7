using System.Diagnostics;
using System.Globalization;

namespace HotPath.Serve.Metrics;

/// <summary>process_* as every exporter has them, and dotnet_gc_*.</summary>
internal static class ProcessMetrics
{
    private static readonly string[] s_generations = ["0", "1", "2"];

    public static void Write(MetricsWriter writer)
    {
        using var process = Process.GetCurrentProcess();
        writer.Counter("process_cpu_seconds_total", "User and system CPU time spent.", process.TotalProcessorTime.TotalSeconds);
        writer.Gauge("process_resident_memory_bytes", "Resident memory size.", process.WorkingSet64);
        writer.Gauge("process_virtual_memory_bytes", "Virtual memory size.", process.VirtualMemorySize64);
        writer.Gauge("process_start_time_seconds", "Start time since the Unix epoch.",
            (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        writer.Gauge("process_threads", "Threads of the process.", process.Threads.Count);
        writer.Gauge("process_open_fds", "Open file descriptors.", Directory.GetFileSystemEntries("/proc/self/fd").Length);
        writer.Gauge("process_max_fds", "Limit of open file descriptors.", MaxFds());

        writer.Counter("dotnet_gc_collections_total", "Garbage collections by generation.");
        for (var generation = 0; generation < s_generations.Length; generation++)
        {
            writer.Sample(GC.CollectionCount(generation), ("generation", s_generations[generation]));
        }

        writer.Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.", GC.GetTotalAllocatedBytes());
        writer.Counter("dotnet_gc_pause_seconds_total", "Time that collections stopped the process.", GC.GetTotalPauseDuration().TotalSeconds);
        writer.Gauge("dotnet_gc_heap_size_bytes", "Managed heap after the last collection.", GC.GetGCMemoryInfo().HeapSizeBytes);
    }

    private static double MaxFds()
    {
        const string Name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return double.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var max) ? max : double.PositiveInfinity;
    }
}
