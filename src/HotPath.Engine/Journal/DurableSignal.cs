using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// The durable LSN, and a bell that rings when it moves: for the thread that releases waiting calls. The journal's
/// thread publishes; any thread may read or wait. Costs the journal one read while nobody waits.
/// </summary>
internal sealed class DurableSignal : IDisposable
{
    public DurableSignal(long durableLsn)
    {
        Sequence = new Sequence(durableLsn);
    }

    /// <summary>Every slot up to here is durable (policy none: written).</summary>
    public Sequence Sequence { get; }

    /// <summary>Rings when it moves: for threads that do nothing before it has.</summary>
    public Doorbell Doorbell { get; } = new();

    public long DurableLsn => Sequence.Value;

    /// <summary>Waits until the durable LSN is past the given one, or the time is over.</summary>
    /// <returns>The durable LSN then.</returns>
    public long WaitBeyond(long lsn, int millisecondsMax)
    {
        if (DurableLsn <= lsn)
        {
            var ticket = Doorbell.Announce();
            if (DurableLsn <= lsn)
            {
                Doorbell.Sleep(ticket, millisecondsMax * 1_000);
            }

            Doorbell.Withdraw();
        }

        return DurableLsn;
    }

    public void Dispose() => Doorbell.Dispose();

    internal void Publish(long durableLsn)
    {
        Sequence.Publish(durableLsn);
        Doorbell.Ring();
    }
}
