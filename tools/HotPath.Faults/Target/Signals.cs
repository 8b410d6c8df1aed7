using System.Runtime.InteropServices;

namespace HotPath.Faults.Target;

/// <summary>Signals to a process that this one has started.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>False when the process is gone.</summary>
    public static bool Send(int processId, int signal) => kill(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int signal);
}
