using System.Runtime.InteropServices;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// Linux calls that .NET has no name for: many datagrams in one call, and one call's bytes cut by the kernel.
/// </summary>
internal static unsafe partial class Libc
{
    public const int SolUdp = 17;

    /// <summary>
    /// Socket and message option: the kernel cuts what is sent into datagrams of this size (Linux 4.18).
    /// </summary>
    public const int UdpSegment = 103;

    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoBuffers = 105;
    public const int ConnectionRefused = 111;

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMany(int socket, MessageSlot* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int socket, int level, int option, int* value, uint* valueBytes);
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BufferSlot
{
    public byte* Start;
    public nuint Bytes;
}

/// <summary>
/// struct mmsghdr of a 64-bit Linux: struct msghdr, which ends with four bytes of padding, and the bytes that were sent.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal unsafe struct MessageSlot
{
    /// <summary>How far apart the kernel looks for them.</summary>
    public const int SizeBytes = 64;

    public void* Name;
    public uint NameBytes;
    public BufferSlot* Buffers;
    public nuint BufferCount;
    public SegmentControl* Control;
    public nuint ControlBytes;
    public int Flags;
    private readonly uint _padding;
    public uint SentBytes;
}

/// <summary>
/// struct cmsghdr and the one number that UDP_SEGMENT takes; 24 bytes with the padding of CMSG_SPACE.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct SegmentControl
{
    /// <summary>CMSG_LEN(2): the header's 16 bytes and the number.</summary>
    public const int HeaderAndValueBytes = 18;

    public nuint Bytes;
    public int Level;
    public int Type;
    public ushort SegmentBytes;
}
