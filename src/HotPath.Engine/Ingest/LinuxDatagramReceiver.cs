using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Ingest;

/// <summary>
/// recvmmsg on Linux: up to 64 messages a call, each into 64 KiB of page-aligned native memory, since a run of
/// datagrams (UDP_GRO) is as long as that. Belongs to one thread.
/// </summary>
/// <remarks>
/// Drops are read from the socket by SO_MEMINFO: the counter that SO_RXQ_OVFL attaches to datagrams, but also known
/// when no further datagram comes, so that sent = received + dropped holds to the last one.
/// </remarks>
internal sealed unsafe partial class LinuxDatagramReceiver : DatagramReceiver
{
    private const int MessagesMax = 64;
    private const int MessageBytes = 64 * 1024;
    private const int AddressBytes = 28;
    private const int ControlBytes = 64;
    private const int PageBytes = 4096;

    private const int LevelSocket = 1;
    private const int LevelUdp = 17;
    private const int SocketMemoryInfo = 55;
    private const int DropsInMemoryInfo = 8;
    private const int UdpGro = 104;
    private const int MessageDontWait = 0x40;
    private const short PollIn = 1;
    private const int ErrorInterrupted = 4;
    private const int ErrorWouldBlock = 11;

    private readonly int _descriptor;
    private byte* _memory;
    private readonly MultipleMessageHeader* _headers;
    private int _count;
    private uint _dropsBefore;
    private long _drops;

    /// <param name="socket">Bound; becomes the receiver's.</param>
    /// <param name="receivesRuns">Whether UDP_GRO is wanted; an old kernel goes without.</param>
    /// <param name="warning">What the operator should know.</param>
    public LinuxDatagramReceiver(Socket socket, bool receivesRuns, string? warning)
        : base(socket)
    {
        Warning = warning;
        _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        if (receivesRuns)
        {
            // Fails before Linux 5.0, and nothing is lost but speed.
            var on = 1;
            _ = setsockopt(_descriptor, LevelUdp, UdpGro, &on, sizeof(int));
        }

        // Safe because every header points into the one block, at places that do not overlap.
        // Worth it: LIMITS section 3, page-aligned native memory halves the cost of large datagrams.
        const int perMessage = AddressBytes + ControlBytes + 4 + 16;
        _memory = (byte*)NativeMemory.AlignedAlloc(
            (MessagesMax * MessageBytes) + (MessagesMax * (nuint)(sizeof(MultipleMessageHeader) + perMessage)), PageBytes);
        _headers = (MultipleMessageHeader*)(_memory + (MessagesMax * MessageBytes));
        var vectors = (IoVector*)(_headers + MessagesMax);
        var controls = (byte*)(vectors + MessagesMax);
        var addresses = controls + (MessagesMax * ControlBytes);
        for (var index = 0; index < MessagesMax; index++)
        {
            vectors[index] = new IoVector { Base = _memory + (index * MessageBytes), Length = MessageBytes };
            _headers[index] = new MultipleMessageHeader
            {
                Name = addresses + (index * AddressBytes),
                NameLength = AddressBytes,
                Vectors = vectors + index,
                VectorCount = 1,
                Control = controls + (index * ControlBytes),
                ControlLength = ControlBytes,
            };
        }
    }

    public override int Receive()
    {
        // The kernel shortened both to what it used.
        for (var index = 0; index < _count; index++)
        {
            _headers[index].NameLength = AddressBytes;
            _headers[index].ControlLength = ControlBytes;
        }

        _count = 0;
        var count = recvmmsg(_descriptor, _headers, MessagesMax, MessageDontWait, null);
        if (count < 0)
        {
            Errors += Marshal.GetLastPInvokeError() is ErrorWouldBlock or ErrorInterrupted ? 0 : 1;
            return 0;
        }

        _count = count;
        return count;
    }

    public override ReceivedMessage Message(int index)
    {
        ref var header = ref _headers[index];

        // Safe because the kernel wrote the lengths. Worth it: LIMITS section 3.
        var bytes = new ReadOnlySpan<byte>(header.Vectors->Base, (int)header.ReceivedBytes);
        var address = new ReadOnlySpan<byte>(header.Name, (int)uint.Min(header.NameLength, AddressBytes));
        var segmentBytes = header.ControlLength == 0 ? 0 : SegmentBytesOf(in header);

        return new ReceivedMessage(
            bytes, segmentBytes > 0 ? segmentBytes : bytes.Length, SenderAddress.OfSocketAddress(address));
    }

    public override void Wait(int waitMs)
    {
        var wanted = new PollDescriptor { Descriptor = _descriptor, Events = PollIn };
        _ = poll(&wanted, 1, waitMs);
    }

    public override void Rest(int restMs) => _ = poll(null, 0, restMs);

    public override long ReadKernelDrops()
    {
        var values = stackalloc uint[16];
        var bytes = 16 * sizeof(uint);
        if (getsockopt(_descriptor, LevelSocket, SocketMemoryInfo, values, &bytes) == 0
            && bytes > DropsInMemoryInfo * sizeof(uint))
        {
            // The kernel's counter has 32 bits; the difference is right over its end too.
            _drops += unchecked(values[DropsInMemoryInfo] - _dropsBefore);
            _dropsBefore = values[DropsInMemoryInfo];
        }

        return _drops;
    }

    public override void Dispose()
    {
        base.Dispose();
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private static int SegmentBytesOf(in MultipleMessageHeader header)
    {
        // cmsghdr: u64 length with head, i32 level, i32 type, then the data; the next one at a multiple of 8.
        const int headBytes = 16;
        for (nuint at = 0; at + headBytes + sizeof(int) <= header.ControlLength;)
        {
            var head = header.Control + at;
            var length = *(nuint*)head;
            if (*(int*)(head + 8) == LevelUdp && *(int*)(head + 12) == UdpGro)
            {
                return *(int*)(head + headBytes);
            }

            if (length < headBytes)
            {
                break;
            }

            at += (length + 7) & ~(nuint)7;
        }

        return 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(int descriptor, MultipleMessageHeader* headers, uint count, int flags, void* timeout);

    [LibraryImport("libc")]
    private static partial int poll(PollDescriptor* descriptors, ulong count, int timeoutMs);

    [LibraryImport("libc")]
    private static partial int getsockopt(int descriptor, int level, int name, void* value, int* valueBytes);

    [LibraryImport("libc")]
    private static partial int setsockopt(int descriptor, int level, int name, void* value, int valueBytes);

    /// <summary><c>struct mmsghdr</c> of 64-bit Linux: a <c>struct msghdr</c> of 56 bytes and what was received.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct MultipleMessageHeader
    {
        [FieldOffset(0)] public byte* Name;
        [FieldOffset(8)] public uint NameLength;
        [FieldOffset(16)] public IoVector* Vectors;
        [FieldOffset(24)] public nuint VectorCount;
        [FieldOffset(32)] public byte* Control;
        [FieldOffset(40)] public nuint ControlLength;
        [FieldOffset(48)] public int Flags;
        [FieldOffset(56)] public uint ReceivedBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
