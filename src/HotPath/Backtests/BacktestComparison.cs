using HotPath.Engine.Ledger;
using HotPath.Standstills;

namespace HotPath.Backtests;

/// <summary>
/// Downtimes that would have been beside those that were, as far as they lie in the window: what began before it or ends
/// behind it is cut there, because a backtest knows nothing of what is outside.
/// </summary>
/// <param name="Same">On both sides, equal in everything.</param>
/// <param name="OnlyWould">Only with the tested rules, in the order of machine, rule and start.</param>
/// <param name="OnlyWere">Only with the rules of then.</param>
internal sealed record BacktestComparison(
    IReadOnlyList<Standstill> Would,
    IReadOnlyList<Standstill> Were,
    int Same,
    IReadOnlyList<Standstill> OnlyWould,
    IReadOnlyList<Standstill> OnlyWere)
{
    public static BacktestComparison Of(
        IReadOnlyList<Standstill> would, IReadOnlyList<Standstill> were, long fromMicros, long toMicros, int rowsMax)
    {
        if (were.Count > rowsMax)
        {
            throw new BacktestRefusedException($"The tables hold more than {rowsMax:N0} downtimes of the window: choose a shorter one or fewer machines.");
        }

        var (wouldCut, wereCut) = (Cut(would, fromMicros, toMicros), Cut(were, fromMicros, toMicros));
        var (wouldSet, wereSet) = (wouldCut.ToHashSet(), wereCut.ToHashSet());
        return new BacktestComparison(
            wouldCut,
            wereCut,
            wouldSet.Count(wereSet.Contains),
            InOrder(wouldCut.Where(row => !wereSet.Contains(row))),
            InOrder(wereCut.Where(row => !wouldSet.Contains(row))));
    }

    /// <summary>Seconds of a category within the window, micro-stops among them.</summary>
    public static double Seconds(IReadOnlyList<Standstill> rows, DowntimeCategory category, long fromMicros, long toMicros) =>
        rows.Where(row => row.Category == category).Sum(row => row.MicrosWithin(fromMicros, toMicros, toMicros)) / 1e6;

    private static List<Standstill> Cut(IReadOnlyList<Standstill> rows, long fromMicros, long toMicros) =>
    [
        .. rows.Select(row => row with
        {
            StartMicros = Math.Max(row.StartMicros, fromMicros),
            EndMicros = row.EndMicros is { } end && end < toMicros ? end : null,

            // Whether it was a micro-stop is known once it is over.
            IsMicro = row.IsMicro && row.EndMicros < toMicros,
        }),
    ];

    private static List<Standstill> InOrder(IEnumerable<Standstill> rows) =>
    [
        .. rows.OrderBy(row => row.EquipmentId, StringComparer.Ordinal)
            .ThenBy(row => row.RuleId, StringComparer.Ordinal)
            .ThenBy(row => row.StartMicros),
    ];
}
