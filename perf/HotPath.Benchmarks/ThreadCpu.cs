using System.Runtime.InteropServices;

namespace HotPath.Benchmarks;

/// <summary>CPU time of the calling thread: what other threads and a busy machine take does not count.</summary>
internal static partial class ThreadCpu
{
    private const int ThreadCpuTimeClock = 3;

    public static long Nanoseconds
    {
        get
        {
            _ = clock_gettime(ThreadCpuTimeClock, out var time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
