using System.Runtime.InteropServices;

namespace HotPath.LoadGenerator.Run;

/// <summary>CPU that the calling thread has used since it began.</summary>
internal static partial class ThreadCpu
{
    private const int ThreadClock = 3;

    /// <summary>Nanoseconds; 0 where the system does not say.</summary>
    public static long Nanos => OperatingSystem.IsLinux() && GetTime(ThreadClock, out var time) == 0
        ? (time.Seconds * 1_000_000_000) + time.Nanos
        : 0;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    /// <summary>struct timespec of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanos;
    }
}
