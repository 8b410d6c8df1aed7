namespace HotPath.Engine.Ring;

/// <summary>Rejected slots that were published, by reason. Producers add, any number of them; any thread may read.</summary>
internal sealed class RejectedCounts
{
    private readonly long[] _byReason = new long[(int)RejectReason.Future + 1];

    public long Of(RejectReason reason) => Volatile.Read(ref _byReason[(int)reason]);

    public void Add(RejectReason reason) => Interlocked.Increment(ref _byReason[(int)reason]);
}
