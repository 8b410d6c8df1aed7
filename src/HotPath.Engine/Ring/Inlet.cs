using System.Runtime.CompilerServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// The way of one producer thread into the ring. Belongs to that thread. A block goes in whole or not at all, and
/// nothing ever waits: what to do when it is full is the producer's affair.
/// </summary>
internal sealed class Inlet
{
    private readonly RingBuffer _ring;
    private readonly Sequencer _sequencer;
    private readonly RejectsBuffer _rejects;
    private readonly int _occupancySlotsMax;

    /// <param name="occupancySlotsMax">How full this producer may make the ring: half of it for UDP.</param>
    public Inlet(RingBuffer ring, RejectsBuffer rejects, int occupancySlotsMax)
    {
        Invariant.Holds(occupancySlotsMax >= 1 && occupancySlotsMax <= ring.SlotCount);

        _ring = ring;
        _sequencer = ring.Sequencer;
        _rejects = rejects;
        _occupancySlotsMax = occupancySlotsMax;
    }

    /// <summary>Publishes all slots of the block under consecutive LSNs. The block is not changed.</summary>
    public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
    {
        if (block.HasAttachments)
        {
            return TryPublishWithAttachments(block, out lsnFirst);
        }

        var slots = block.Slots;
        if (slots.IsEmpty)
        {
            lsnFirst = -1;
            return PublishOutcome.Published;
        }

        var outcome = TryClaim(slots.Length, out lsnFirst);
        if (outcome == PublishOutcome.Published)
        {
            Copy(slots, lsnFirst);
            _ring.Publish(lsnFirst, lsnFirst + slots.Length - 1);
        }

        return outcome;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PublishOutcome TryClaim(int count, out long lsnFirst)
    {
        var claim = _sequencer.TryClaim(count, _occupancySlotsMax, out lsnFirst);
        return claim == ClaimOutcome.Claimed ? PublishOutcome.Published : Refused(claim, count);
    }

    private PublishOutcome Refused(ClaimOutcome claim, int count)
    {
        if (claim == ClaimOutcome.Closed)
        {
            return PublishOutcome.Closed;
        }

        return count > _occupancySlotsMax ? PublishOutcome.TooLarge : PublishOutcome.Full;
    }

    private void Copy(ReadOnlySpan<Slot> slots, long lsnFirst)
    {
        var first = _ring.SlotsFrom(lsnFirst, slots.Length);
        slots[..first.Length].CopyTo(first);
        if (first.Length < slots.Length)
        {
            slots[first.Length..].CopyTo(_ring.SlotsFrom(lsnFirst + first.Length, slots.Length - first.Length));
        }
    }

    private PublishOutcome TryPublishWithAttachments(StagingBlock block, out long lsnFirst)
    {
        lsnFirst = -1;
        var rawBytes = RawBytes(block);
        if (rawBytes > _rejects.BytesMax)
        {
            return PublishOutcome.TooLarge;
        }

        if (!_rejects.TryReserve(rawBytes))
        {
            return PublishOutcome.Full;
        }

        var outcome = TryClaim(block.Count, out lsnFirst);
        if (outcome != PublishOutcome.Published)
        {
            _rejects.Unreserve(rawBytes);
            return outcome;
        }

        Copy(block.Slots, lsnFirst);
        StoreRaw(block, lsnFirst);
        _ring.Publish(lsnFirst, lsnFirst + block.Count - 1);
        return PublishOutcome.Published;
    }

    private static long RawBytes(StagingBlock block)
    {
        var bytes = 0L;
        foreach (ref readonly var slot in block.Slots)
        {
            if (slot.Kind is SlotKind.Rejected or SlotKind.Checkpoint)
            {
                bytes += RejectsBuffer.BytesOf(block.RawOf(in slot));
            }
        }

        return bytes;
    }

    /// <summary>In the ring such a slot holds the handle of its bytes, not their place in the block.</summary>
    private void StoreRaw(StagingBlock block, long lsnFirst)
    {
        var slots = block.Slots;
        for (var index = 0; index < slots.Length; index++)
        {
            if (slots[index].Kind is not (SlotKind.Rejected or SlotKind.Checkpoint))
            {
                continue;
            }

            _ring.SlotAt(lsnFirst + index).ValueBits = RejectsBuffer.Store(block.RawOf(in slots[index]));
            if (slots[index].Kind == SlotKind.Rejected)
            {
                _rejects.Published.Add(slots[index].RejectReason);
            }
        }
    }
}

internal enum PublishOutcome
{
    /// <summary>All slots of the block are in the ring.</summary>
    Published,
    /// <summary>No room now, in the ring or for raw bytes. Nothing was taken.</summary>
    Full,
    /// <summary>More slots or raw bytes than this inlet could ever take. Nothing was taken.</summary>
    TooLarge,
    /// <summary>Intake is closed for good. Nothing was taken.</summary>
    Closed,
}
