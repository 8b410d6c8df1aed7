using System.Diagnostics;
using System.Globalization;

namespace HotPath.Serve.Metrics;

/// <summary>process_* as every exporter has them, and dotnet_gc_*. Any thread.</summary>
internal static class ProcessMetrics
{
    /// <summary>
    /// Reading /proc costs a millisecond of CPU: who asks more often than this, as a load generator's flow control does,
    /// gets what was read before.
    /// </summary>
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private static readonly string[] s_generations = ["0", "1", "2"];

    private static Probe? s_last;

    public static void Write(MetricsWriter writer)
    {
        var probe = Latest();
        writer.Counter("process_cpu_seconds_total", "User and system CPU time spent.", probe.CpuSeconds);
        writer.Gauge("process_resident_memory_bytes", "Resident memory size.", probe.ResidentBytes);
        writer.Gauge("process_virtual_memory_bytes", "Virtual memory size.", probe.VirtualBytes);
        writer.Gauge("process_start_time_seconds", "Start time since the Unix epoch.", probe.StartSeconds);
        writer.Gauge("process_threads", "Threads of the process.", probe.Threads);
        writer.Gauge("process_open_fds", "Open file descriptors.", probe.OpenFds);
        writer.Gauge("process_max_fds", "Limit of open file descriptors.", probe.MaxFds);

        writer.Counter("dotnet_gc_collections_total", "Garbage collections by generation.");
        for (var generation = 0; generation < s_generations.Length; generation++)
        {
            writer.Sample(GC.CollectionCount(generation), ("generation", s_generations[generation]));
        }

        writer.Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.", GC.GetTotalAllocatedBytes());
        writer.Counter("dotnet_gc_pause_seconds_total", "Time that collections stopped the process.", GC.GetTotalPauseDuration().TotalSeconds);
        writer.Gauge("dotnet_gc_heap_size_bytes", "Managed heap after the last collection.", GC.GetGCMemoryInfo().HeapSizeBytes);
    }

    /// <summary>Two threads that find it old at once both read; either result is good.</summary>
    private static Probe Latest()
    {
        var last = Volatile.Read(ref s_last);
        if (last is null || TimeProvider.System.GetElapsedTime(last.Timestamp) >= ProbeInterval)
        {
            last = Probe.Take();
            Volatile.Write(ref s_last, last);
        }

        return last;
    }

    private sealed record Probe(
        long Timestamp,
        double CpuSeconds,
        double ResidentBytes,
        double VirtualBytes,
        double StartSeconds,
        double Threads,
        double OpenFds,
        double MaxFds)
    {
        public static Probe Take()
        {
            using var process = Process.GetCurrentProcess();
            return new Probe(
                TimeProvider.System.GetTimestamp(),
                process.TotalProcessorTime.TotalSeconds,
                process.WorkingSet64,
                process.VirtualMemorySize64,
                (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds,
                process.Threads.Count,
                Directory.GetFileSystemEntries("/proc/self/fd").Length,
                LimitOfFds());
        }

        private static double LimitOfFds()
        {
            const string Name = "Max open files";
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
            var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return double.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var max) ? max : double.PositiveInfinity;
        }
    }
}
