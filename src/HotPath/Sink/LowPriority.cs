using System.Runtime.InteropServices;

namespace HotPath.Sink;

/// <summary>
/// The least share of processor time for a thread. Priorities of .NET threads do nothing on Linux; a nice value of 19 gives
/// a thread about a seventieth of what it would get beside a busy one, and all that is idle.
/// </summary>
internal static partial class LowPriority
{
    private const int Process = 0;
    private const int CallingThread = 0;
    private const int NiceMax = 19;

    /// <summary>A refusal changes nothing but speed. Nothing is undone: the thread ends with its work.</summary>
    public static void TakeForThisThread() => _ = SetPriority(Process, CallingThread, NiceMax);

    // On Linux "the calling process" of this call is the calling thread (setpriority(2), C library/kernel differences).
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
