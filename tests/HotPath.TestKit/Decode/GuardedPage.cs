using System.Runtime.InteropServices;

namespace HotPath.TestKit.Decode;

/// <summary>
/// Memory with nothing readable behind it: whoever reads over its end brings the process down. Elsewhere than on Linux
/// the end is not guarded.
/// </summary>
internal sealed unsafe partial class GuardedPage : IDisposable
{
    private const int PageBytes = 4096;
    private const int PrivateAnonymous = 0x22;
    private const int ReadWrite = 3;

    private readonly byte* _start;
    private readonly nuint _bytes;

    public GuardedPage(int pages = 1)
    {
        _bytes = (nuint)((pages + 1) * PageBytes);
        if (OperatingSystem.IsLinux())
        {
            _start = mmap(null, _bytes, ReadWrite, PrivateAnonymous, -1, 0);
            if ((nint)_start == -1 || mprotect(_start + (pages * PageBytes), PageBytes, 0) != 0)
            {
                throw new InvalidOperationException("the system gives no guarded page");
            }
        }
        else
        {
            _start = (byte*)NativeMemory.AlignedAlloc(_bytes, PageBytes);
        }

        End = _start + (pages * PageBytes);
    }

    public byte* Start => _start;

    /// <summary>Nothing may be read from here on.</summary>
    public byte* End { get; }

    /// <summary>A copy of the bytes that ends where the memory does.</summary>
    public ReadOnlySpan<byte> AtTheEnd(ReadOnlySpan<byte> bytes)
    {
        var copy = new Span<byte>(End - bytes.Length, bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = munmap(_start, _bytes);
        }
        else
        {
            NativeMemory.AlignedFree(_start);
        }
    }

    [LibraryImport("libc")]
    private static partial byte* mmap(void* at, nuint bytes, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* at, nuint bytes, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(void* at, nuint bytes);
}
