using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// Deals out LSNs to any number of producers and knows which are published. Any thread may claim and publish; without
/// a lock and without waiting. Full is an outcome: a claim never passes the slowest gating sequence by more than the
/// occupancy that the caller may use.
/// </summary>
/// <remarks>
/// A publication is one write whatever its length: the cell of the range's first LSN takes the range's last LSN.
/// A reader hops from range to range. A cell left over from an earlier lap always holds less than the LSN that is
/// looked for, since a range is never longer than the ring.
/// Where one thread alone produces, ranges are published in their order: then one position says it all, and a claim is
/// a plain write.
/// </remarks>
internal sealed unsafe class Sequencer : IDisposable
{
    /// <summary>
    /// Set in the claim word once intake is closed, so that every claim under way fails and looks again.
    /// </summary>
    private const long IntakeClosedBit = 1L << 62;

    private readonly int _slotCount;
    private readonly int _mask;
    private readonly Sequence _next;
    private readonly Sequence _gatingSeen;

    // Safe because every index is masked to the cells allocated. Worth it: RingBench, no bounds check per range.
    private readonly long* _published;
    private volatile Sequence[] _gating = [];
    private readonly bool _hasOneProducer;
    private readonly Sequence _publishedByOne;

    /// <param name="hasOneProducer">One thread alone claims, publishes and closes intake.</param>
    public Sequencer(int slotCount, long firstLsn, bool hasOneProducer = false)
    {
        Invariant.Holds(slotCount >= 1 && int.IsPow2(slotCount));
        Invariant.Holds(firstLsn is >= 0 and < IntakeClosedBit / 2);

        _slotCount = slotCount;
        _mask = slotCount - 1;
        _next = new Sequence(firstLsn);
        _gatingSeen = new Sequence(firstLsn - 1);
        _hasOneProducer = hasOneProducer;
        _publishedByOne = new Sequence(firstLsn - 1);
        _published = (long*)NativeMemory.AlignedAlloc((nuint)slotCount * sizeof(long), 64);
        new Span<long>(_published, slotCount).Fill(long.MinValue);
    }

    /// <summary>
    /// The LSN that the next claim begins with. All before it are claimed, perhaps not yet published.
    /// </summary>
    public long NextLsn => _next.Value & ~IntakeClosedBit;

    public bool IsIntakeClosed => (_next.Value & IntakeClosedBit) != 0;

    /// <summary>Before the first claim: a position that claims may not overrun.</summary>
    public void AddGatingSequence(Sequence gating)
    {
        // A claim without any gating would have found room for ever.
        Invariant.Holds(_gatingSeen.Value != long.MaxValue);

        _gating = [.. _gating, gating];
    }

    /// <summary>
    /// Claims an unbroken range. The claimer writes the slots and publishes without waiting for anything.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ClaimOutcome TryClaim(int count, int occupancySlotsMax, out long lsnFirst) =>
        TryClaim(count, occupancySlotsMax, IntakeClosedBit, out lsnFirst);

    /// <summary>
    /// As <see cref="TryClaim(int, int, out long)"/>, for control slots: also after intake is closed.
    /// </summary>
    public ClaimOutcome TryClaimControl(int count, out long lsnFirst) =>
        TryClaim(count, _slotCount, refusedBits: 0, out lsnFirst);

    /// <summary>Makes a claimed range visible. The slots stand before the cell that announces them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long lsnFirst, long lsnLast)
    {
        if (_hasOneProducer)
        {
            _publishedByOne.Publish(lsnLast);
            return;
        }

        Volatile.Write(ref _published[lsnFirst & _mask], lsnLast);
    }

    /// <summary>
    /// The last LSN of the unbroken published run that begins at <paramref name="lsnFrom"/>, the first of a range;
    /// the LSN before it if there is none. For readers behind a gating sequence only.
    /// </summary>
    public long LastPublished(long lsnFrom)
    {
        if (_hasOneProducer)
        {
            return Math.Max(_publishedByOne.Value, lsnFrom - 1);
        }

        var next = lsnFrom;
        while (true)
        {
            var last = Volatile.Read(ref _published[next & _mask]);
            if (last < next)
            {
                return next - 1;
            }

            next = last + 1;
        }
    }

    /// <summary>True if a claim would find room now. A hint: another producer may be faster.</summary>
    public bool HasRoom(int count, int occupancySlotsMax)
    {
        var lsnToPass = NextLsn + count - 1 - occupancySlotsMax;
        return lsnToPass <= _gatingSeen.Value || HasRoomBehindGating(lsnToPass);
    }

    /// <summary>
    /// No producer claims after this returns; control slots still may. What was claimed before is published soon.
    /// </summary>
    /// <returns>The LSN after the last one claimed by a producer.</returns>
    public long CloseIntake()
    {
        while (true)
        {
            var next = _next.Value;
            if ((next & IntakeClosedBit) != 0 || _next.TryMove(next, next | IntakeClosedBit))
            {
                return next & ~IntakeClosedBit;
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_published);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ClaimOutcome TryClaim(int count, int occupancySlotsMax, long refusedBits, out long lsnFirst)
    {
        while (true)
        {
            var next = _next.Value;
            lsnFirst = next & ~IntakeClosedBit;
            if ((next & refusedBits) != 0)
            {
                return ClaimOutcome.Closed;
            }

            // The LSN whose slot the last one of the claim would overwrite, were the ring as small as the allowance.
            var lsnToPass = lsnFirst + count - 1 - occupancySlotsMax;
            if (lsnToPass > _gatingSeen.Value && !HasRoomBehindGating(lsnToPass))
            {
                return ClaimOutcome.Full;
            }

            if (_hasOneProducer)
            {
                _next.Publish(next + count);
                return ClaimOutcome.Claimed;
            }

            // Gating sequences only grow, so room that was seen is still there when the exchange succeeds.
            if (_next.TryMove(next, next + count))
            {
                return ClaimOutcome.Claimed;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasRoomBehindGating(long lsnToPass)
    {
        var slowest = long.MaxValue;
        foreach (var gating in _gating)
        {
            slowest = Math.Min(slowest, gating.Value);
        }

        _gatingSeen.Publish(slowest);
        return lsnToPass <= slowest;
    }
}

internal enum ClaimOutcome
{
    Claimed,
    /// <summary>No room now.</summary>
    Full,
    /// <summary>Intake is closed for good.</summary>
    Closed,
}
