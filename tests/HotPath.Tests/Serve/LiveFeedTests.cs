using System.Globalization;
using HotPath.Engine.Ledger;
using HotPath.Serve;
using HotPath.Serve.Live;
using HotPath.Tests.Outputs;

namespace HotPath.Tests.Serve;

public sealed class LiveFeedTests : IDisposable
{
    private readonly LedgerUnderTest _ledger = new();

    public void Dispose() => _ledger.Dispose();

    /// <summary>
    /// Cause: what was damaged was passed over in silence. Symptom: a page on which a machine stood still that had been running
    /// for hours, and green readiness.
    /// </summary>
    [Fact]
    public void What_is_whole_is_shown_and_what_is_damaged_is_said()
    {
        AddRows(0, 4);
        var wholeBytes = _ledger.EndBytes;
        AddRows(4, 6);
        var name = _ledger.TurnBit(wholeBytes + 9);
        _ledger.Roll(6);
        AddRows(6, 9);
        var live = new LiveView(_ledger.Names, new NoCategories());
        using var feed = new LiveFeed(live, () => _ledger.SafeLsn, onDamage => _ledger.NewReader(0, onDamage));

        feed.Feed();

        Assert.Equal(4 + 3, live.Counts.Transitions);
        Assert.Equal(8, live.Position.Lsn);
        Assert.Contains(name, feed.Problem!, StringComparison.Ordinal);
        Assert.Contains("LSN 3 to 5", feed.Problem!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_ledger_is_no_problem()
    {
        AddRows(0, 4);
        _ledger.Roll(4);
        AddRows(4, 8);
        var live = new LiveView(_ledger.Names, new NoCategories());
        using var feed = new LiveFeed(live, () => _ledger.SafeLsn, onDamage => _ledger.NewReader(0, onDamage));

        feed.Feed();

        Assert.Equal(8, live.Counts.Transitions);
        Assert.Null(feed.Problem);
    }

    private void AddRows(long lsnFirst, long lsnEnd)
    {
        for (var lsn = lsnFirst; lsn < lsnEnd; lsn++)
        {
            _ledger.AddTransition(lsn, "m", lsn.ToString(CultureInfo.InvariantCulture));
        }
    }

    private sealed class NoCategories : IStateCategories
    {
        public DowntimeCategory Of(long ruleVersion, int ruleWord, int stateWord) => DowntimeCategory.None;
    }
}
