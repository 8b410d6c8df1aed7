using HotPath.Engine.Decode;

namespace HotPath.Engine.Ingest;

/// <summary>
/// What became of the datagrams of senders that number them: received, duplicate, reordered, lost. Belongs to one
/// receiver's thread; what it remembers of senders it shares with the other receivers of its listener, so their totals
/// add up wherever a datagram came in. Other threads may read <see cref="Totals"/>. Senders beyond
/// <see cref="EngineLimits.FrameSenderCountMax"/> are not followed, and that is counted.
/// </summary>
/// <remarks>
/// Per sender a window of 4,096 datagrams. A missing one is lost when it leaves the window or has been missing for 5 s;
/// if it comes after all, up to 65,536 datagrams later, it is counted as recovered too, so that lost less recovered is
/// what never came. How many readings were lost follows from the reading sequences of the datagrams around the gap, so
/// it is known once the next datagram, or a heartbeat, has come. A new epoch closes the old one. What a sender sent
/// before it was first heard is counted only if it started after this ledger did.
/// </remarks>
internal sealed class FrameLedger(FrameSenders senders)
{
    private const long MissingMicrosMax = 5_000_000;

    /// <summary>No sender skips so many datagrams: such a sequence is damage or malice, and tells nothing.</summary>
    private const ulong GapDatagramsMax = 1UL << 32;

    // The sender of the last datagram; -1 = not followed.
    private int _observed = -1;

    public FrameTotals Totals { get; } = new();

    /// <summary>Senders that any receiver of the listener has heard.</summary>
    public int SenderCount => senders.Count;

    /// <summary>What each of them lost: for other threads to look at.</summary>
    public SenderLoss LossOf(int index) => senders[index].Loss;


    /// <summary>Notes a datagram. <paramref name="payloadHash"/> tells a repeated datagram from another under its number.</summary>
    public FrameVerdict Observe(in FrameHeader header, uint payloadHash, long nowMicros)
    {
        if (!senders.TryGet(header, nowMicros, out var index))
        {
            _observed = -1;
            Totals.Untracked++;
            return FrameVerdict.Untracked;
        }

        _observed = index;
        senders.Enter(index);
        var verdict = Observe(index, header, payloadHash, nowMicros);
        senders.Leave(index);
        Count(verdict, header);
        return verdict;
    }

    /// <summary>The datagram that was noted last brought readings of this source.</summary>
    public void NoteSource(int sourceIndex)
    {
        if (_observed >= 0)
        {
            senders[_observed].Loss.SourcePlusOne = sourceIndex + 1;
        }
    }

    /// <summary>Gives up what has been missing for 5 s. To be called now and then, also in silence.</summary>
    public void Settle(long nowMicros)
    {
        var count = senders.Count;
        for (var index = 0; index < count; index++)
        {
            senders.Enter(index);
            SettleOldest(index, ref senders[index], nowMicros);
            senders.Leave(index);
        }
    }

    private FrameVerdict Observe(int index, in FrameHeader header, uint payloadHash, long nowMicros)
    {
        ref var sender = ref senders[index];
        if (header.Epoch != sender.Epoch)
        {
            if (header.Epoch < sender.Epoch)
            {
                return FrameVerdict.TooOld;
            }

            Close(index, ref sender);
            BeginEpoch(ref sender, header.Epoch);
        }

        var verdict = header.DatagramSequence >= sender.Next
            ? ObserveNext(index, ref sender, header, payloadHash, nowMicros)
            : ObserveEarlier(index, ref sender, header, payloadHash);
        SettleOldest(index, ref sender, nowMicros);
        return verdict;
    }

    private FrameVerdict ObserveNext(
        int index, ref SenderFrames sender, in FrameHeader header, uint payloadHash, long nowMicros)
    {
        var sequence = header.DatagramSequence;
        if (sequence - sender.Next > GapDatagramsMax || sequence == ulong.MaxValue)
        {
            return FrameVerdict.Implausible;
        }

        const ulong Window = FrameSenders.WindowDatagrams;
        LeaveWindowBelow(index, ref sender, sequence + 1 < Window ? 0 : sequence + 1 - Window);
        for (var missing = ulong.Max(sender.Next, sender.Settled); missing < sequence; missing++)
        {
            senders.CellOf(index, missing) = new FrameCell { State = FrameState.Missing, Number = nowMicros };
        }

        senders.ForgetReceived(index, sender.Next, sequence);
        SetReceived(index, header, payloadHash);
        sender.Next = sequence + 1;
        return FrameVerdict.First;
    }

    private FrameVerdict ObserveEarlier(int index, ref SenderFrames sender, in FrameHeader header, uint payloadHash)
    {
        if (sender.Next - header.DatagramSequence > FrameSenders.WindowDatagrams)
        {
            return ObserveBelowWindow(index, ref sender, header);
        }

        ref var cell = ref senders.CellOf(index, header.DatagramSequence);
        if (cell.State == FrameState.Received)
        {
            return cell.PayloadHash == payloadHash && cell.Number == (long)header.FirstReadingSequence
                ? FrameVerdict.Duplicate
                : FrameVerdict.Conflict;
        }

        if (cell.State == FrameState.Lost)
        {
            CountRecovered(ref sender, header);
        }

        SetReceived(index, header, payloadHash);
        return FrameVerdict.Reordered;
    }

    /// <summary>
    /// Given up when it left the window: a receiver that is behind the others has it, or a network that kept it long.
    /// What came before cannot be told from another payload under its number any more.
    /// </summary>
    private FrameVerdict ObserveBelowWindow(int index, ref SenderFrames sender, in FrameHeader header)
    {
        var sequence = header.DatagramSequence;
        if (sender.Next - sequence > FrameSenders.RememberedDatagrams || sequence < sender.First
            || senders.IsReceived(index, sequence))
        {
            return FrameVerdict.TooOld;
        }

        senders.SetReceived(index, sequence);
        CountRecovered(ref sender, header);
        return FrameVerdict.Reordered;
    }

    private void SetReceived(int index, in FrameHeader header, uint payloadHash)
    {
        senders.CellOf(index, header.DatagramSequence) = new FrameCell
        {
            State = FrameState.Received,
            Number = (long)header.FirstReadingSequence,
            ReadingCount = (int)uint.Min(header.Readings, EngineLimits.RecordReadingsMax),
            PayloadHash = payloadHash,
        };
        senders.SetReceived(index, header.DatagramSequence);
    }

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
                totals.ReadingsTooOld += header.Readings;
                break;
        }
    }

    /// <summary>Settles everything below a sequence. In the window that is a loop; what never had a cell is lost at once.</summary>
    private void LeaveWindowBelow(int index, ref SenderFrames sender, ulong sequence)
    {
        while (sender.Settled < ulong.Min(sequence, sender.Next))
        {
            SettleOne(ref senders.CellOf(index, sender.Settled), ref sender);
        }

        if (sender.Settled < sequence)
        {
            CountLost(ref sender, (long)(sequence - sender.Settled));
            sender.Settled = sequence;
        }
    }

    private void SettleOldest(int index, ref SenderFrames sender, long nowMicros)
    {
        while (sender.Settled < sender.Next)
        {
            ref var cell = ref senders.CellOf(index, sender.Settled);
            if (cell.State == FrameState.Missing && nowMicros - cell.Number < MissingMicrosMax)
            {
                return;
            }

            SettleOne(ref cell, ref sender);
        }
    }

    private void SettleOne(ref FrameCell cell, ref SenderFrames sender)
    {
        sender.Settled++;
        if (cell.State == FrameState.Missing)
        {
            cell.State = FrameState.Lost;
            CountLost(ref sender, 1);
            return;
        }

        // Readings between the last one settled and the first of this datagram were in datagrams that did not come.
        var firstReading = (ulong)cell.Number;
        if (firstReading > sender.ReadingsSettled && firstReading - sender.ReadingsSettled <= GapDatagramsMax)
        {
            Totals.ReadingsLost += (long)(firstReading - sender.ReadingsSettled);
            sender.Loss.Readings += (long)(firstReading - sender.ReadingsSettled);
        }

        sender.ReadingsSettled = ulong.Max(sender.ReadingsSettled, firstReading + (ulong)cell.ReadingCount);
    }

    private void CountLost(ref SenderFrames sender, long datagrams)
    {
        Totals.DatagramsLost += datagrams;
        sender.Loss.Datagrams += datagrams;
    }

    private void CountRecovered(ref SenderFrames sender, in FrameHeader header)
    {
        Totals.DatagramsRecovered++;
        Totals.ReadingsRecovered += header.Readings;
        sender.Loss.DatagramsRecovered++;
        sender.Loss.ReadingsRecovered += header.Readings;
    }

    private void Close(int index, ref SenderFrames sender)
    {
        LeaveWindowBelow(index, ref sender, sender.Next);
        Totals.EpochsClosed++;
        senders.Clear(index);
    }

    /// <summary>Whoever holds the latch keeps it.</summary>
    private static void BeginEpoch(ref SenderFrames sender, ulong epoch)
    {
        sender.Epoch = epoch;
        sender.First = sender.Next = sender.Settled = sender.ReadingsSettled = 0;
    }
}
