using HotPath.Engine.Ring;

namespace HotPath.Engine.Ingest;

/// <summary>
/// What one UDP receiver has seen. Written by its thread alone, any thread may read: aligned 64-bit loads are whole.
/// Datagrams = Heartbeats + Duplicates + Records + NotAllowed + Unauthenticated (the last two before anything is read).
/// </summary>
internal sealed class UdpCounters
{
    public long Datagrams;
    public long DatagramBytes;

    /// <summary>
    /// Dropped by the kernel because the receive buffer was full. Exact, but for runs (<see cref="UdpOptions.ReceivesRuns"/>):
    /// of those it counts each as one, and only the sequences of frames tell how many datagrams that was.
    /// </summary>
    public long KernelDrops;

    /// <summary>From outside the allowed networks.</summary>
    public long NotAllowed;

    /// <summary>Without a valid HMAC, where keys are configured.</summary>
    public long Unauthenticated;

    /// <summary>Frames that were here before, dropped; with keys also those too old to tell.</summary>
    public long DuplicateDatagrams;
    public long Heartbeats;

    /// <summary>Datagrams that were decoded.</summary>
    public long Records;

    /// <summary>Of the records, those of which nothing could be taken: too large, or for any other reason. They are kept raw.</summary>
    public long Oversized;
    public long Malformed;
    public long Readings;
    public long EmptyRecords;

    /// <summary>Turns that found no room in the ring; the kernel buffers meanwhile.</summary>
    public long RingFullTurns;

    /// <summary>Calls for datagrams that failed.</summary>
    public long ReceiveErrors;

    /// <summary>Slots that a closed ring did not take, at the end.</summary>
    public long LostAtClose;

    private readonly long[] _rejected = new long[(int)RejectReason.Future + 1];

    public long Rejected(RejectReason reason) => Volatile.Read(ref _rejected[(int)reason]);

    public long RejectedAll
    {
        get
        {
            var all = 0L;
            for (var reason = 0; reason < _rejected.Length; reason++)
            {
                all += Rejected((RejectReason)reason);
            }

            return all;
        }
    }

    /// <summary>Counts what a block holds, once, when it has been published.</summary>
    internal void CountPublished(StagingBlock block)
    {
        if (block.RejectedCount == 0)
        {
            // Nearly always there are readings only, and an empty slot is not worth a branch for each of them.
            var empty = CountKind(block, SlotKind.Empty);
            Readings += block.Count - empty;
            EmptyRecords += empty;
            return;
        }

        foreach (ref readonly var slot in block.Slots)
        {
            Readings += slot.Kind == SlotKind.Reading ? 1 : 0;
            EmptyRecords += slot.Kind == SlotKind.Empty ? 1 : 0;
            _rejected[(int)slot.RejectReason] += slot.Kind == SlotKind.Rejected ? 1 : 0;
        }
    }

    private static int CountKind(StagingBlock block, SlotKind kind)
    {
        var count = 0;
        foreach (ref readonly var slot in block.Slots)
        {
            count += slot.Kind == kind ? 1 : 0;
        }

        return count;
    }
}
