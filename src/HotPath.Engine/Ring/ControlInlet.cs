namespace HotPath.Engine.Ring;

/// <summary>
/// The way of control slots into the ring, open also when intake is closed. Any thread may call it; it neither locks
/// nor waits. False when the ring is full: the caller comes back.
/// </summary>
internal sealed class ControlInlet
{
    private readonly RingBuffer _ring;

    public ControlInlet(RingBuffer ring)
    {
        _ring = ring;
    }

    /// <summary>The engine begins again here.</summary>
    public bool TryPublishStart(long receivedAtMicros, out long lsn) =>
        TryPublish(Slot.Of(SlotKind.Start, receivedAtMicros), out lsn);

    /// <summary>Silence.</summary>
    public bool TryPublishTick(long receivedAtMicros, out long lsn) =>
        TryPublish(Slot.Of(SlotKind.Tick, receivedAtMicros), out lsn);

    /// <summary>A rule document takes effect; the journal asks for its bytes by this version.</summary>
    public bool TryPublishRules(long receivedAtMicros, long ruleVersion, out long lsn)
    {
        var slot = Slot.Of(SlotKind.Rules, receivedAtMicros);
        slot.ValueBits = ruleVersion;
        return TryPublish(slot, out lsn);
    }

    /// <summary>Time options take effect.</summary>
    public bool TryPublishTimeOptions(long receivedAtMicros, TimeOptions options, out long lsn)
    {
        var slot = Slot.Of(SlotKind.TimeOptions, receivedAtMicros);
        slot.EventTimeMicros = options.OutOfOrdernessMicros;
        slot.ValueBits = options.IdleTimeoutMicros ?? Slot.NoNumber;
        slot.SequenceNumber = options.MaxFutureMicros ?? Slot.NoNumber;
        return TryPublish(slot, out lsn);
    }

    /// <summary>Snapshots are taken here.</summary>
    public bool TryPublishSnapshotMarker(long receivedAtMicros, out long lsn) =>
        TryPublish(Slot.Of(SlotKind.SnapshotMarker, receivedAtMicros), out lsn);

    private bool TryPublish(in Slot slot, out long lsn)
    {
        if (_ring.Sequencer.TryClaimControl(1, out lsn) != ClaimOutcome.Claimed)
        {
            return false;
        }

        _ring.SlotAt(lsn) = slot;
        _ring.Publish(lsn, lsn);
        return true;
    }
}
