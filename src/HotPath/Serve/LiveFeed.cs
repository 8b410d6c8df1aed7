using HotPath.Engine;
using HotPath.Engine.Ledger;
using HotPath.Serve.Live;

namespace HotPath.Serve;

/// <summary>
/// A cursor over the ledger that keeps the live view up to date. One loop turns it; it never holds the engine back. Where the
/// ledger is damaged it goes on behind, and says what page and API miss.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    // Ten times what an eye sees; the page is told at most four times a second anyway.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly Func<long> _safeLsn;
    private readonly LiveView _live;
    private readonly LedgerReader _ledger;
    private string? _problem;

    public LiveFeed(HotPathEngine engine, LiveView live)
        : this(live, () => engine.SafeLsn, onDamage => engine.NewLedgerReader(lsnFirst: 0, onDamage))
    {
    }

    public LiveFeed(LiveView live, Func<long> safeLsn, Func<Action<LedgerDamage>, LedgerReader> newReader)
    {
        (_live, _safeLsn) = (live, safeLsn);
        _ledger = newReader(OnDamage);
    }

    /// <summary>What page and API do not show because it cannot be read, or null. Any thread may ask.</summary>
    public string? Problem => Volatile.Read(ref _problem);

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
        var safeLsn = _safeLsn();
        while (_ledger.TryRead(safeLsn, out var record))
        {
            _live.Apply(record);
        }
    }

    public void Dispose() => _ledger.Dispose();

    private void OnDamage(LedgerDamage damage) =>
        Volatile.Write(ref _problem, _problem is null ? $"This page lacks what is damaged: {damage}" : $"{_problem} {damage}");
}
