using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// The durable LSN, and a bell that rings when it moves: for the thread that releases waiting calls. The journal's
/// thread publishes; any thread may read or wait. Costs the journal one read while nobody waits.
/// </summary>
internal sealed class DurableSignal : IDisposable
{
    private readonly Doorbell _doorbell = new();

    public DurableSignal(long durableLsn)
    {
        Sequence = new Sequence(durableLsn);
    }

    /// <summary>Every slot up to here is durable (policy none: written).</summary>
    public Sequence Sequence { get; }

    public long DurableLsn => Sequence.Value;

    /// <summary>Waits until the durable LSN is past the given one, or the time is over.</summary>
    /// <returns>The durable LSN then.</returns>
    public long WaitBeyond(long lsn, int millisecondsMax)
    {
        if (DurableLsn <= lsn)
        {
            var ticket = _doorbell.Announce();
            if (DurableLsn <= lsn)
            {
                _doorbell.Sleep(ticket, millisecondsMax * 1_000);
            }

            _doorbell.Withdraw();
        }

        return DurableLsn;
    }

    public void Dispose() => _doorbell.Dispose();

    internal void Publish(long durableLsn)
    {
        Sequence.Publish(durableLsn);
        _doorbell.Ring();
    }
}
