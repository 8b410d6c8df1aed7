using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// The system calls that the BCL does not offer or whose errors it hides: its fsync reports no failure on Linux.
/// Any thread may call it. A call that a signal interrupted is made again; every other result goes to the caller as
/// a <see cref="DiskError"/>.
/// </summary>
internal static unsafe partial class Libc
{
    public const int OpenReadOnly = 0x0;
    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    private const int OpenCloseOnExec = 0x80000;

    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int SeekEnd = 2;

    private const int FutexWaitPrivate = 128;
    private const int FutexWakePrivate = 129;

    private const string Library = "libc";

    private static readonly nint FutexCall = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => throw new PlatformNotSupportedException("HotPath runs on x86-64 and ARM64 Linux."),
    };

    public static DiskError Open(string path, int flags, out int descriptor)
    {
        const int ReadWriteForOwnerReadForOthers = 0x1A4;
        do
        {
            descriptor = open(path, flags | OpenCloseOnExec, ReadWriteForOwnerReadForOthers);
        }
        while (descriptor < 0 && WasInterrupted());

        return Outcome(descriptor);
    }

    /// <summary>Writes all bytes, in as many calls as the system makes of it.</summary>
    public static DiskError WriteAll(int descriptor, ReadOnlySpan<byte> bytes, long offset)
    {
        // Safe because the span is pinned for the call. Worth it: JournalBench, no copy.
        fixed (byte* at = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = pwrite(descriptor, at + done, (nuint)(bytes.Length - done), offset + done);
                if (written > 0)
                {
                    done += (int)written;
                }
                else if (written == 0 || !WasInterrupted())
                {
                    return written == 0 ? DiskError.NothingWritten : Last();
                }
            }
        }

        return DiskError.None;
    }

    /// <summary>Reads up to the end of the span or of the file.</summary>
    public static DiskError Read(int descriptor, Span<byte> into, long offset, out int readBytes)
    {
        readBytes = 0;

        // Safe because the span is pinned for the call. Worth it: JournalBench, no copy.
        fixed (byte* at = into)
        {
            while (readBytes < into.Length)
            {
                var read = pread(descriptor, at + readBytes, (nuint)(into.Length - readBytes), offset + readBytes);
                if (read == 0)
                {
                    break;
                }

                if (read > 0)
                {
                    readBytes += (int)read;
                }
                else if (!WasInterrupted())
                {
                    return Last();
                }
            }
        }

        return DiskError.None;
    }

    /// <summary>Data, and what of the metadata is needed to read it, are on the disk; or not, and it is said.</summary>
    public static DiskError SyncData(int descriptor)
    {
        int result;
        do
        {
            result = fdatasync(descriptor);
        }
        while (result != 0 && WasInterrupted());

        return Outcome(result);
    }

    public static DiskError Sync(int descriptor)
    {
        int result;
        do
        {
            result = fsync(descriptor);
        }
        while (result != 0 && WasInterrupted());

        return Outcome(result);
    }

    public static DiskError Truncate(int descriptor, long lengthBytes)
    {
        int result;
        do
        {
            result = ftruncate(descriptor, lengthBytes);
        }
        while (result != 0 && WasInterrupted());

        return Outcome(result);
    }

    public static DiskError Length(int descriptor, out long lengthBytes)
    {
        lengthBytes = lseek(descriptor, 0, SeekEnd);
        return lengthBytes < 0 ? Last() : DiskError.None;
    }

    /// <summary>Gives <paramref name="path"/> a second name; an error if that exists: the exclusive create.</summary>
    public static DiskError Link(string path, string newPath) => Outcome(link(path, newPath));

    public static DiskError Unlink(string path) => Outcome(unlink(path));

    public static DiskError Rename(string path, string newPath) => Outcome(rename(path, newPath));

    /// <summary>Takes the lock of an open file for this process; an error if another one has it.</summary>
    public static DiskError LockExclusively(int descriptor) =>
        Outcome(flock(descriptor, LockExclusive | LockNonBlocking));

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Makes the directory's entries durable.</summary>
    public static DiskError SyncDirectory(string path)
    {
        var error = Open(path, OpenReadOnly, out var descriptor);
        if (error.IsNone)
        {
            error = Sync(descriptor);
            Close(descriptor);
        }

        return error;
    }

    /// <summary>Keeps the calling thread on one core.</summary>
    public static DiskError PinThisThread(int cpu)
    {
        const int MaskWords = 16;
        var mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[(cpu / 64) % MaskWords] = 1UL << (cpu % 64);
        return Outcome(sched_setaffinity(0, MaskWords * sizeof(ulong), mask));
    }

    /// <summary>Sleeps while the word holds the value; for at most so long.</summary>
    public static void FutexWait(int* word, int value, int micros)
    {
        var timeout = new Timespec { Seconds = micros / 1_000_000, Nanoseconds = micros % 1_000_000 * 1_000L };
        _ = futex(FutexCall, word, FutexWaitPrivate, value, &timeout);
    }

    public static void FutexWakeAll(int* word) => _ = futex(FutexCall, word, FutexWakePrivate, int.MaxValue, null);

    private static bool WasInterrupted() => Marshal.GetLastPInvokeError() == DiskError.Interrupted;

    private static DiskError Outcome(int result) => result < 0 ? Last() : DiskError.None;

    private static DiskError Last() => new(Marshal.GetLastPInvokeError());

    /// <summary>CPU that the calling thread has used, nanoseconds: a system call, so per batch or flush only.</summary>
    public static long ThreadCpuNanos()
    {
        const int ThreadCpuClock = 3;
        var time = default(Timespec);
        return clock_gettime(ThreadCpuClock, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;
    }

    [LibraryImport(Library)]
    private static partial int clock_gettime(int clock, Timespec* time);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint pread(int descriptor, byte* into, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint pwrite(int descriptor, byte* bytes, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fdatasync(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int ftruncate(int descriptor, long lengthBytes);

    [LibraryImport(Library, SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newPath);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string path, string newPath);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int flock(int descriptor, int operation);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint maskBytes, ulong* mask);

    [LibraryImport(Library, EntryPoint = "syscall")]
    private static partial nint futex(nint number, int* word, nint operation, nint value, Timespec* timeout);

    /// <summary>struct timespec of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
