using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// Datagrams that lie one behind the other in native memory and go out in one call: a run of equal ones is one message
/// that the kernel cuts (UDP_SEGMENT), where it can. Owned by the sending thread. When full, the caller sends.
/// </summary>
internal sealed unsafe class DatagramBatch : IDisposable
{
    public const int DatagramsMax = 256;

    private const int SegmentsMax = 64; // UDP_MAX_SEGMENTS of kernels before 6.8
    private const int RunBytesMax = 65_000; // an IP packet's 65,535 less headers
    private const int AlignmentBytes = 4096;

    private readonly Socket _socket;
    private readonly int _datagramBytesMax;
    private readonly bool _segments;
    private readonly byte* _arena;
    private readonly MessageSlot* _messages;
    private readonly BufferSlot* _buffers;
    private readonly SegmentControl* _controls;
    private int _arenaBytes;
    private int _runCount;
    private int _segmentsInRun;
    private bool _runClosed;

    /// <param name="socket">Connected; stays the caller's.</param>
    /// <param name="datagramBytesMax">No datagram is longer.</param>
    /// <param name="cuts">Whether the kernel may cut runs; else every datagram is a message of its own.</param>
    public DatagramBatch(Socket socket, int datagramBytesMax, bool cuts = true)
    {
        _socket = socket;
        _datagramBytesMax = datagramBytesMax;
        _segments = cuts && OperatingSystem.IsLinux() && Environment.Is64BitProcess && KernelCuts(socket);

        // Safe because all four blocks live as long as this object and every index stays below DatagramsMax.
        // Worth it: the kernel wants stable addresses; a managed socket call sends one datagram only.
        _arena = (byte*)NativeMemory.AlignedAlloc((nuint)(datagramBytesMax * DatagramsMax), AlignmentBytes);
        _messages = (MessageSlot*)NativeMemory.AllocZeroed(DatagramsMax, (nuint)sizeof(MessageSlot));
        _buffers = (BufferSlot*)NativeMemory.AllocZeroed(DatagramsMax, (nuint)sizeof(BufferSlot));
        _controls = (SegmentControl*)NativeMemory.AllocZeroed(DatagramsMax, (nuint)sizeof(SegmentControl));
    }

    /// <summary>Datagrams that wait.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == DatagramsMax;

    /// <summary>Datagrams that the system refused because nobody listens, or had no memory for.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>Where the next datagram may be written.</summary>
    public Span<byte> Free => new(_arena + _arenaBytes, _datagramBytesMax);

    /// <summary>Takes the bytes at the beginning of <see cref="Free"/> as a datagram.</summary>
    public void Add(int bytes)
    {
        if (!TryExtendRun(bytes))
        {
            ref var buffer = ref _buffers[_runCount++];
            buffer.Start = _arena + _arenaBytes;
            buffer.Bytes = (nuint)bytes;
            _controls[_runCount - 1].SegmentBytes = (ushort)bytes;
            _segmentsInRun = 1;
            _runClosed = !_segments;
        }

        _arenaBytes += bytes;
        Count++;
    }

    /// <summary>Sends everything and forgets it. Waits while the socket's buffer is full.</summary>
    public void Send()
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            SendRuns();
        }
        else
        {
            SendOneByOne();
        }

        _arenaBytes = _runCount = Count = 0;
        _runClosed = true;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_arena);
        NativeMemory.Free(_messages);
        NativeMemory.Free(_buffers);
        NativeMemory.Free(_controls);
    }

    /// <summary>A run takes equal datagrams, and a shorter one as its last.</summary>
    private bool TryExtendRun(int bytes)
    {
        if (_runCount == 0 || _runClosed)
        {
            return false;
        }

        ref var buffer = ref _buffers[_runCount - 1];
        var segmentBytes = _controls[_runCount - 1].SegmentBytes;
        if (bytes > segmentBytes || _segmentsInRun == SegmentsMax || (int)buffer.Bytes + bytes > RunBytesMax)
        {
            return false;
        }

        buffer.Bytes += (nuint)bytes;
        _segmentsInRun++;
        _runClosed = bytes < segmentBytes;
        return true;
    }

    private static bool KernelCuts(Socket socket)
    {
        int value;
        uint valueBytes = sizeof(int);
        return Libc.GetSocketOption((int)socket.Handle, Libc.SolUdp, Libc.UdpSegment, &value, &valueBytes) == 0;
    }

    private void SendRuns()
    {
        for (var run = 0; run < _runCount; run++)
        {
            ref var message = ref _messages[run];
            ref var control = ref _controls[run];
            var cut = (int)_buffers[run].Bytes > control.SegmentBytes;
            control.Bytes = SegmentControl.HeaderAndValueBytes;
            control.Level = Libc.SolUdp;
            control.Type = Libc.UdpSegment;
            message.Buffers = _buffers + run;
            message.BufferCount = 1;
            message.Control = cut ? _controls + run : null;
            message.ControlBytes = cut ? (nuint)sizeof(SegmentControl) : 0;
        }

        for (var sent = 0; sent < _runCount;)
        {
            var taken = Libc.SendMany((int)_socket.Handle, _messages + sent, (uint)(_runCount - sent), 0);
            sent += taken > 0 ? taken : AfterError(sent);
        }
    }

    /// <summary>How many runs an error costs: none where trying again helps.</summary>
    private int AfterError(int run)
    {
        var error = Marshal.GetLastPInvokeError();
        switch (error)
        {
            case Libc.Interrupted or Libc.TryAgain:
                return 0;
            case Libc.ConnectionRefused or Libc.NoBuffers:
                // A refusal is of datagrams sent before: nobody listened. This run goes out at the next try.
                RefusedCount += Math.Max(1, (long)_buffers[run].Bytes / _controls[run].SegmentBytes);
                return error == Libc.NoBuffers ? 1 : 0;
            default:
                throw new SocketException(error);
        }
    }

    private void SendOneByOne()
    {
        for (var run = 0; run < _runCount; run++)
        {
            _socket.Send(new ReadOnlySpan<byte>(_buffers[run].Start, (int)_buffers[run].Bytes));
        }
    }
}
