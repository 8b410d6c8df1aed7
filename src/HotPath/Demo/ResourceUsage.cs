using System.Diagnostics;

namespace HotPath.Demo;

/// <summary>What this process has used: CPU of all its threads, and what the engine's threads allocated.</summary>
internal readonly record struct ResourceUsage(double CpuNanos, long EngineAllocatedBytes)
{
    public static ResourceUsage Of(Pipeline pipeline)
    {
        using var process = Process.GetCurrentProcess();
        return new ResourceUsage(process.TotalProcessorTime.TotalNanoseconds, pipeline.EngineAllocatedBytes);
    }

    public static ResourceUsage operator -(ResourceUsage later, ResourceUsage earlier) =>
        new(later.CpuNanos - earlier.CpuNanos, later.EngineAllocatedBytes - earlier.EngineAllocatedBytes);
}
