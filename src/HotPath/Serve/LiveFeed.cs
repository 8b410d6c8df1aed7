using HotPath.Engine;
using HotPath.Engine.Ledger;
using HotPath.Serve.Live;

namespace HotPath.Serve;

/// <summary>A cursor over the ledger that keeps the live view up to date. One loop turns it; it never holds the engine back.</summary>
internal sealed class LiveFeed(HotPathEngine engine, LiveView live) : IDisposable
{
    // Ten times what an eye sees; the page is told at most four times a second anyway.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly LedgerReader _ledger = engine.NewLedgerReader(lsnFirst: 0);

    public async Task RunAsync(CancellationToken stop)
    {
        using var pause = new PeriodicTimer(Pause);
        while (!stop.IsCancellationRequested)
        {
            Feed();
            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Takes everything that is safe now.</summary>
    public void Feed()
    {
        var safeLsn = engine.SafeLsn;
        while (_ledger.TryRead(safeLsn, out var record))
        {
            live.Apply(record);
        }
    }

    public void Dispose() => _ledger.Dispose();
}
