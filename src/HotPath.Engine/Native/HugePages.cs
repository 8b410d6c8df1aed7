using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// Asks the system to back memory with pages of 2 MiB. Machines are visited at random: with pages of 4 KiB each visit
/// would miss the TLB as well as the caches. Any thread; where it is not to be had, nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    public const int PageBytes = 1 << 21;

    private const int AdviseHugePage = 14;

    public static void Advise(void* memory, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            // Whole pages within the block. A refusal costs speed only.
            var first = ((nuint)memory + PageBytes - 1) & ~(nuint)(PageBytes - 1);
            var end = ((nuint)memory + bytes) & ~(nuint)(PageBytes - 1);
            _ = end > first ? madvise((void*)first, end - first, AdviseHugePage) : 0;
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint bytes, int advice);
}
