using System.Runtime.InteropServices;
using HotPath.Engine.Decode;

namespace HotPath.Engine.Ingest;

/// <summary>
/// What became of the datagrams of senders that number them: received, duplicate, reordered, lost. Belongs to one
/// receiver's thread; other threads may read <see cref="Totals"/>. Senders beyond <see cref="EngineLimits.FrameSenderCountMax"/>
/// are not followed, and that is counted.
/// </summary>
/// <remarks>
/// Per sender a window of 4,096 datagrams. A missing one is lost when it leaves the window or has been missing for 5 s;
/// if it comes after all, it is counted as recovered too, so that lost less recovered is what never came. How many
/// readings were lost follows from the reading sequences of the datagrams around the gap, so it is known once the next
/// datagram, or a heartbeat, has come. A new epoch closes the old one. What a sender sent before it was first heard is
/// counted only if its epoch began after this ledger did.
/// </remarks>
internal sealed unsafe class FrameLedger : IDisposable
{
    public const int WindowDatagrams = 4096;
    private const long MissingMicrosMax = 5_000_000;
    private const long NanosPerMicro = 1_000;

    /// <summary>No sender skips so many datagrams: such a sequence is damage or malice, and tells nothing.</summary>
    private const ulong GapDatagramsMax = 1UL << 32;

    private readonly ulong _startNanos;
    private readonly Dictionary<ulong, int> _indexes = new(EngineLimits.FrameSenderCountMax);
    private readonly SenderFrames[] _senders = new SenderFrames[EngineLimits.FrameSenderCountMax];
    private Cell* _cells;
    private int _senderCount;

    public FrameLedger(long startMicros)
    {
        _startNanos = (ulong)startMicros * NanosPerMicro;

        // 1,024 windows of 64 KiB: address space only, until a sender touches its own.
        _cells = (Cell*)NativeMemory.AllocZeroed((nuint)_senders.Length * WindowDatagrams, (nuint)sizeof(Cell));
    }

    public FrameTotals Totals { get; } = new();

    public int SenderCount => Volatile.Read(ref _senderCount);

    /// <summary>Notes a datagram. <paramref name="payloadHash"/> tells a repeated datagram from another under its number.</summary>
    public FrameVerdict Observe(in FrameHeader header, uint payloadHash, long nowMicros)
    {
        if (!_indexes.TryGetValue(header.SenderId, out var index))
        {
            if (_senderCount == _senders.Length)
            {
                Totals.Untracked++;
                return FrameVerdict.Untracked;
            }

            index = AddSender(header);
        }

        ref var sender = ref _senders[index];
        if (header.Epoch != sender.Epoch)
        {
            if (header.Epoch < sender.Epoch)
            {
                Totals.TooOld++;
                return FrameVerdict.TooOld;
            }

            Close(index, ref sender);
            sender = new SenderFrames { Epoch = header.Epoch };
        }

        var verdict = header.DatagramSequence >= sender.Next
            ? ObserveNext(index, ref sender, header, payloadHash, nowMicros)
            : ObserveEarlier(index, ref sender, header, payloadHash);
        Count(verdict, header);
        SettleOldest(index, ref sender, nowMicros);
        return verdict;
    }

    /// <summary>Gives up what has been missing for 5 s. To be called now and then, also in silence.</summary>
    public void Settle(long nowMicros)
    {
        for (var index = 0; index < _senderCount; index++)
        {
            SettleOldest(index, ref _senders[index], nowMicros);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_cells);
        _cells = null;
    }

    private int AddSender(in FrameHeader header)
    {
        var index = _senderCount;
        _indexes.Add(header.SenderId, index);
        var isHeardFromItsStart = header.Epoch >= _startNanos;
        _senders[index] = new SenderFrames
        {
            Epoch = header.Epoch,
            Next = isHeardFromItsStart ? 0 : header.DatagramSequence,
            Settled = isHeardFromItsStart ? 0 : header.DatagramSequence,
            ReadingsSettled = isHeardFromItsStart ? 0 : header.FirstReadingSequence,
        };
        Volatile.Write(ref _senderCount, index + 1);
        return index;
    }

    // Safe because index is below the number of windows and the sequence is taken modulo the window.
    // Worth it: a window costs memory only as far as it is used.
    private ref Cell CellOf(int index, ulong sequence) =>
        ref _cells[((long)index * WindowDatagrams) + (long)(sequence % WindowDatagrams)];

    private FrameVerdict ObserveNext(
        int index, ref SenderFrames sender, in FrameHeader header, uint payloadHash, long nowMicros)
    {
        var sequence = header.DatagramSequence;
        if (sequence - sender.Next > GapDatagramsMax)
        {
            return FrameVerdict.Implausible;
        }

        LeaveWindowBelow(index, ref sender, sequence + 1 < WindowDatagrams ? 0 : sequence + 1 - WindowDatagrams);
        for (var missing = ulong.Max(sender.Next, sender.Settled); missing < sequence; missing++)
        {
            CellOf(index, missing) = new Cell { State = CellState.Missing, Number = nowMicros };
        }

        SetReceived(ref CellOf(index, sequence), header, payloadHash);
        sender.Next = sequence + 1;
        return FrameVerdict.First;
    }

    private FrameVerdict ObserveEarlier(int index, ref SenderFrames sender, in FrameHeader header, uint payloadHash)
    {
        if (sender.Next - header.DatagramSequence > WindowDatagrams)
        {
            return FrameVerdict.TooOld;
        }

        ref var cell = ref CellOf(index, header.DatagramSequence);
        if (cell.State == CellState.Received)
        {
            return cell.PayloadHash == payloadHash && cell.Number == (long)header.FirstReadingSequence
                ? FrameVerdict.Duplicate
                : FrameVerdict.Conflict;
        }

        if (cell.State == CellState.Lost)
        {
            Totals.DatagramsRecovered++;
            Totals.ReadingsRecovered += header.Readings;
        }

        SetReceived(ref cell, header, payloadHash);
        return FrameVerdict.Reordered;
    }

    private static void SetReceived(ref Cell cell, in FrameHeader header, uint payloadHash) => cell = new Cell
    {
        State = CellState.Received,
        Number = (long)header.FirstReadingSequence,
        ReadingCount = (int)uint.Min(header.Readings, EngineLimits.RecordReadingsMax),
        PayloadHash = payloadHash,
    };

    private void Count(FrameVerdict verdict, in FrameHeader header)
    {
        var totals = Totals;
        switch (verdict)
        {
            case FrameVerdict.First or FrameVerdict.Reordered:
                totals.Datagrams++;
                totals.Readings += header.Readings;
                totals.Reordered += verdict == FrameVerdict.Reordered ? 1 : 0;
                totals.Heartbeats += header.Has(FrameFlags.Heartbeat) ? 1 : 0;
                break;
            case FrameVerdict.Duplicate:
                totals.DatagramsDuplicate++;
                totals.ReadingsDuplicate += header.Readings;
                break;
            case FrameVerdict.Conflict:
                totals.Conflicts++;
                break;
            case FrameVerdict.Implausible:
                totals.Implausible++;
                break;
            default:
                totals.TooOld++;
                break;
        }
    }

    /// <summary>Settles everything below a sequence. In the window that is a loop; what never had a cell is lost at once.</summary>
    private void LeaveWindowBelow(int index, ref SenderFrames sender, ulong sequence)
    {
        while (sender.Settled < ulong.Min(sequence, sender.Next))
        {
            SettleOne(ref CellOf(index, sender.Settled), ref sender);
        }

        if (sender.Settled < sequence)
        {
            Totals.DatagramsLost += (long)(sequence - sender.Settled);
            sender.Settled = sequence;
        }
    }

    private void SettleOldest(int index, ref SenderFrames sender, long nowMicros)
    {
        while (sender.Settled < sender.Next)
        {
            ref var cell = ref CellOf(index, sender.Settled);
            if (cell.State == CellState.Missing && nowMicros - cell.Number < MissingMicrosMax)
            {
                return;
            }

            SettleOne(ref cell, ref sender);
        }
    }

    private void SettleOne(ref Cell cell, ref SenderFrames sender)
    {
        sender.Settled++;
        if (cell.State == CellState.Missing)
        {
            cell.State = CellState.Lost;
            Totals.DatagramsLost++;
            return;
        }

        // Readings between the last one settled and the first of this datagram were in datagrams that did not come.
        var firstReading = (ulong)cell.Number;
        if (firstReading > sender.ReadingsSettled && firstReading - sender.ReadingsSettled <= GapDatagramsMax)
        {
            Totals.ReadingsLost += (long)(firstReading - sender.ReadingsSettled);
        }

        sender.ReadingsSettled = ulong.Max(sender.ReadingsSettled, firstReading + (ulong)cell.ReadingCount);
    }

    private void Close(int index, ref SenderFrames sender)
    {
        LeaveWindowBelow(index, ref sender, sender.Next);
        Totals.EpochsClosed++;

        // Safe because the window is the sender's own. Worth it: once per restart of a sender.
        new Span<Cell>(_cells + ((long)index * WindowDatagrams), WindowDatagrams).Clear();
    }

    private struct SenderFrames
    {
        public ulong Epoch;

        /// <summary>The greatest sequence heard, plus one.</summary>
        public ulong Next;

        /// <summary>Everything below is received or lost.</summary>
        public ulong Settled;

        /// <summary>Readings below are received or lost.</summary>
        public ulong ReadingsSettled;
    }

    private enum CellState : short
    {
        None = 0,
        Missing = 1,
        Received = 2,
        Lost = 3,
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Cell
    {
        /// <summary>Received: the first reading's sequence. Missing: since when, microseconds.</summary>
        public long Number;
        public uint PayloadHash;
        private uint _countAndState;

        public CellState State
        {
            readonly get => (CellState)(_countAndState >> 30);
            set => _countAndState = (_countAndState & 0x3FFF_FFFF) | ((uint)value << 30);
        }

        public int ReadingCount
        {
            readonly get => (int)(_countAndState & 0x3FFF_FFFF);
            set => _countAndState = (_countAndState & 0xC000_0000) | (uint)value;
        }
    }
}

/// <summary>What a datagram is to the ledger.</summary>
internal enum FrameVerdict
{
    First,
    Reordered,

    /// <summary>The same number and the same payload as one in the window: nothing is lost by dropping it.</summary>
    Duplicate,

    /// <summary>A number of the window again, with another payload: a sender that starts over without a new epoch.</summary>
    Conflict,

    /// <summary>Below the window, or of a closed epoch.</summary>
    TooOld,

    /// <summary>A jump that no sender makes.</summary>
    Implausible,

    /// <summary>More senders than are followed.</summary>
    Untracked,
}

/// <summary>Counts of one ledger. Written by its thread alone; any thread may read.</summary>
internal sealed class FrameTotals
{
    public long Datagrams;
    public long Readings;
    public long Heartbeats;
    public long Reordered;
    public long DatagramsDuplicate;
    public long ReadingsDuplicate;
    public long DatagramsLost;
    public long ReadingsLost;
    public long DatagramsRecovered;
    public long ReadingsRecovered;
    public long Conflicts;
    public long TooOld;
    public long Implausible;
    public long Untracked;
    public long EpochsClosed;
}
