using System.Runtime.InteropServices;
using HotPath.Engine.Decode;

namespace HotPath.Engine.Ingest;

/// <summary>
/// What is remembered of the senders that number their datagrams, for all receivers of one listener: a sender's
/// datagrams may come through any of them, now through one and now through another. Any of their threads may use it, a
/// sender's state only between <see cref="Enter"/> and <see cref="Leave"/>. Full at
/// <see cref="EngineLimits.FrameSenderCountMax"/>.
/// </summary>
/// <remarks>
/// Where there are several receivers, a latch of its own guards each sender: it is held for some ten nanoseconds and
/// never over a call to the system, and usually one receiver gets all of a sender's datagrams. Who meets it yields.
/// </remarks>
internal sealed unsafe class FrameSenders : IDisposable
{
    /// <summary>Datagrams of a sender of which all is remembered.</summary>
    public const int WindowDatagrams = 4096;

    /// <summary>Datagrams of a sender of which it is remembered whether they came: 8 KiB of bits.</summary>
    public const int RememberedDatagrams = 65_536;

    private const int TableCells = 4 * EngineLimits.FrameSenderCountMax;
    private const int WordBits = 64;
    private const int RememberedWords = RememberedDatagrams / WordBits;
    private const int SpinsBeforeYield = 64;

    private readonly SenderFrames[] _senders = new SenderFrames[EngineLimits.FrameSenderCountMax];
    private readonly ulong[] _ids = new ulong[TableCells];
    private readonly int[] _placesPlusOne = new int[TableCells];
    private readonly bool _isShared;
    private readonly long _startMicros;
    private FrameCell* _cells;
    private ulong* _received;
    private int _count;
    private int _addingLatch;

    public FrameSenders(long startMicros, int receiverCount = 1)
    {
        _startMicros = startMicros;
        _isShared = receiverCount > 1;

        // 1,024 windows of 64 KiB: address space only, until a sender touches its own.
        _cells = (FrameCell*)NativeMemory.AllocZeroed((nuint)_senders.Length * WindowDatagrams, (nuint)sizeof(FrameCell));
        _received = (ulong*)NativeMemory.AllocZeroed((nuint)_senders.Length * RememberedWords, sizeof(ulong));
    }

    public int Count => Volatile.Read(ref _count);

    public ref SenderFrames this[int index] => ref _senders[index];

    /// <summary>Finds a sender, or adds it with what its first header tells. False: there are too many.</summary>
    public bool TryGet(in FrameHeader header, long nowMicros, out int index)
    {
        var at = CellOfId(header.SenderId);
        index = Volatile.Read(ref _placesPlusOne[at]) - 1;
        return index >= 0 || TryAddWhenUnknown(header, nowMicros, out index);
    }

    /// <summary>From here on the sender's state belongs to the calling thread.</summary>
    public void Enter(int index)
    {
        if (_isShared)
        {
            EnterLatch(ref _senders[index].Latch);
        }
    }

    public void Leave(int index)
    {
        if (_isShared)
        {
            Volatile.Write(ref _senders[index].Latch, 0);
        }
    }

    // Safe, in these, because index is below the number of senders and sequences are taken modulo their memory.
    // Worth it: perf, udp; memory is used only as far as senders are.
    public ref FrameCell CellOf(int index, ulong sequence) =>
        ref _cells[((long)index * WindowDatagrams) + (long)(sequence % WindowDatagrams)];

    public bool IsReceived(int index, ulong sequence) => (WordOf(index, sequence) >> (int)(sequence % WordBits) & 1) != 0;

    public void SetReceived(int index, ulong sequence) => WordOf(index, sequence) |= 1UL << (int)(sequence % WordBits);

    /// <summary>Sequences from <paramref name="from"/> on, up to <paramref name="to"/>, have not come.</summary>
    public void ForgetReceived(int index, ulong from, ulong to)
    {
        if (to - from >= RememberedDatagrams)
        {
            new Span<ulong>(_received + ((long)index * RememberedWords), RememberedWords).Clear();
            return;
        }

        for (; from < to; from++)
        {
            WordOf(index, from) &= ~(1UL << (int)(from % WordBits));
        }
    }

    /// <summary>Forgets everything of a sender, which begins anew.</summary>
    public void Clear(int index)
    {
        new Span<FrameCell>(_cells + ((long)index * WindowDatagrams), WindowDatagrams).Clear();
        new Span<ulong>(_received + ((long)index * RememberedWords), RememberedWords).Clear();
    }

    public void Dispose()
    {
        NativeMemory.Free(_cells);
        NativeMemory.Free(_received);
        _cells = null;
        _received = null;
    }

    private ref ulong WordOf(int index, ulong sequence) =>
        ref _received[((long)index * RememberedWords) + (long)(sequence % RememberedDatagrams / WordBits)];

    /// <summary>Where the sender stands, or would stand.</summary>
    private int CellOfId(ulong id)
    {
        var at = (int)((id * 0x9E37_79B9_7F4A_7C15UL) >> 40) % TableCells;
        while (Volatile.Read(ref _placesPlusOne[at]) != 0 && _ids[at] != id)
        {
            at = (at + 1) % TableCells;
        }

        return at;
    }

    private bool TryAddWhenUnknown(in FrameHeader header, long nowMicros, out int index)
    {
        index = -1;
        if (Count == _senders.Length)
        {
            return false;
        }

        EnterLatch(ref _addingLatch);
        var at = CellOfId(header.SenderId);
        index = _placesPlusOne[at] - 1;
        if (index < 0 && _count < _senders.Length)
        {
            index = _count;
            _senders[index] = SenderFrames.FirstHeard(header, _startMicros, nowMicros);
            _ids[at] = header.SenderId;
            Volatile.Write(ref _count, index + 1);

            // Publishes the sender: who sees its place sees what was written before.
            Volatile.Write(ref _placesPlusOne[at], index + 1);
        }

        Volatile.Write(ref _addingLatch, 0);
        return index >= 0;
    }

    private static void EnterLatch(ref int latch)
    {
        for (var spins = 0; Interlocked.CompareExchange(ref latch, 1, 0) != 0; spins++)
        {
            if (spins < SpinsBeforeYield)
            {
                Thread.SpinWait(1);
            }
            else
            {
                // Its holder may have lost the core.
                Thread.Yield();
            }
        }
    }
}

/// <summary>One sender and epoch. As long as two lines of the cache, so that senders do not share one.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SenderFrames
{
    private const ulong NanosPerMicro = 1_000;

    public int Latch;
    public ulong Epoch;

    /// <summary>The first sequence that is accounted for.</summary>
    public ulong First;

    /// <summary>The greatest sequence heard, plus one.</summary>
    public ulong Next;

    /// <summary>Everything below is received or lost.</summary>
    public ulong Settled;

    /// <summary>Readings below are received or lost.</summary>
    public ulong ReadingsSettled;

    /// <summary>Of all epochs.</summary>
    public SenderLoss Loss;

    /// <summary>
    /// A sender that has been up for less than we have was heard from its start, and what it sent before is lost. Its
    /// own clock says how long that is, so that a difference between the clocks does not matter; a sender without send
    /// times is judged by when it began.
    /// </summary>
    public static SenderFrames FirstHeard(in FrameHeader header, long startMicros, long nowMicros)
    {
        var saysUptime = header.SendTimeNanos > 0 && (ulong)header.SendTimeNanos >= header.Epoch;
        var isHeardFromItsStart = saysUptime
            ? (ulong)header.SendTimeNanos - header.Epoch <= (ulong)long.Max(0, nowMicros - startMicros) * NanosPerMicro
            : header.Epoch >= (ulong)startMicros * NanosPerMicro;
        return isHeardFromItsStart
            ? new SenderFrames { Epoch = header.Epoch }
            : new SenderFrames
            {
                Epoch = header.Epoch,
                First = header.DatagramSequence,
                Next = header.DatagramSequence,
                Settled = header.DatagramSequence,
                ReadingsSettled = header.FirstReadingSequence,
            };
    }
}

/// <summary>What was lost on the way from one sender, and what of it came after all. Written between Enter and Leave.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SenderLoss
{
    public long Datagrams;
    public long Readings;
    public long DatagramsRecovered;
    public long ReadingsRecovered;

    /// <summary>A source that its readings named last, + 1; 0 = none yet. Whoever decodes them writes it, without the latch.</summary>
    public int SourcePlusOne;
}

internal enum FrameState : short
{
    None = 0,
    Missing = 1,
    Received = 2,
    Lost = 3,
}

/// <summary>One datagram of a window.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FrameCell
{
    /// <summary>Received: the first reading's sequence. Missing: since when, microseconds.</summary>
    public long Number;
    public uint PayloadHash;
    private uint _countAndState;

    public FrameState State
    {
        readonly get => (FrameState)(_countAndState >> 30);
        set => _countAndState = (_countAndState & 0x3FFF_FFFF) | ((uint)value << 30);
    }

    public int ReadingCount
    {
        readonly get => (int)(_countAndState & 0x3FFF_FFFF);
        set => _countAndState = (_countAndState & 0xC000_0000) | (uint)value;
    }
}
