using HotPath.Backtests;
using HotPath.Cli.Reports;
using HotPath.Configuration;
using HotPath.Delta;
using HotPath.Delta.Storage;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules;
using HotPath.Serve.Auth;
using HotPath.Standstills;

namespace HotPath.Serve.Http;

/// <summary>A rule document on recorded readings: what it would have said, beside what was said. Changes nothing.</summary>
internal static class BacktestRoutes
{
    private const int RowsMax = 10_000;
    private const string LeadDefault = "1h";

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve, Backtest backtest) =>
        routes.MapPost("/api/v1/rules/backtest", http => Run(http, serve, backtest))
            .WithMetadata(RouteAccess.Engineer)
            .Described(
                "Downtimes that a rule document would have made of the readings of a window, beside those that were", typeof(BacktestDocument),
                "from", "to", "equipment", "lead", "limit")
            .Takes("application/yaml", "The rule document.")
            .Refuses(StatusCodes.Status422UnprocessableEntity, typeof(RuleProblem))
            .Refuses(StatusCodes.Status503ServiceUnavailable, typeof(Problem));

    private static async Task Run(HttpContext http, ServeContext serve, Backtest backtest)
    {
        var query = serve.Query(http);
        var (from, to) = AnalysisRoutes.Window(query, serve);
        var equipment = query.Globs("equipment");
        var limit = query.Whole("limit", 100, 1, RowsMax);
        if (!ConfigurationValues.TryDuration(query.Text("lead") ?? LeadDefault, out var lead))
        {
            query.Refuse("lead is a duration like 1h: readings of so long before the window are replayed too.");
        }

        if (from >= to)
        {
            query.Refuse("The window is empty: from is not before to.");
        }

        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        var body = await RuleRoutes.BodyAsync(http);
        if (!RuleDocument.TryParse(body.Span, out var rules, out var ruleFaults))
        {
            await RuleRoutes.FaultsAsync(http, ruleFaults, "nothing was run");
            return;
        }

        try
        {
            var result = await backtest.RunAsync(new BacktestRequest(rules, from, to, lead, equipment), http.RequestAborted);
            await ServeContext.Answer(http, BacktestDocument.Of(result, from, to, limit), ServeJson.Default.BacktestDocument);
        }
        catch (Exception fault) when (fault is BacktestRefusedException or DeltaException or StoreException or InvalidDataException)
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, fault.Message);
        }
    }
}

/// <param name="Readings">That were replayed, those before the window too.</param>
/// <param name="Same">Downtimes on both sides, equal in everything.</param>
/// <param name="OnlyWould">Only with these rules: the first of them, in the order of machine, rule and start.</param>
/// <param name="OnlyWere">Only with the rules of then.</param>
internal sealed record BacktestDocument(
    DateTime From,
    DateTime To,
    long Readings,
    BacktestSideDocument Would,
    BacktestSideDocument Were,
    int Same,
    int OnlyWouldCount,
    int OnlyWereCount,
    IReadOnlyList<ReportedDowntime> OnlyWould,
    IReadOnlyList<ReportedDowntime> OnlyWere)
{
    public static BacktestDocument Of(BacktestResult result, long from, long to, int limit)
    {
        var downtimes = result.Downtimes;
        return new BacktestDocument(
            Documents.Time(from),
            Documents.Time(to),
            result.Readings,
            BacktestSideDocument.Of(result.TransitionsWould, downtimes.Would, from, to),
            BacktestSideDocument.Of(result.TransitionsWere, downtimes.Were, from, to),
            downtimes.Same,
            downtimes.OnlyWould.Count,
            downtimes.OnlyWere.Count,
            [.. downtimes.OnlyWould.Take(limit).Select(ReportedDowntime.Of)],
            [.. downtimes.OnlyWere.Take(limit).Select(ReportedDowntime.Of)]);
    }
}

/// <param name="Transitions">Within the window.</param>
/// <param name="Downtimes">That touch it; micro-stops among them.</param>
internal sealed record BacktestSideDocument(
    long Transitions, int Downtimes, int MicroStops, double DownSeconds, double PlannedSeconds, double UnknownSeconds)
{
    public static BacktestSideDocument Of(long transitions, IReadOnlyList<Standstill> rows, long from, long to) => new(
        transitions,
        rows.Count,
        rows.Count(row => row.IsMicro),
        BacktestComparison.Seconds(rows, DowntimeCategory.Down, from, to),
        BacktestComparison.Seconds(rows, DowntimeCategory.Planned, from, to),
        BacktestComparison.Seconds(rows, DowntimeCategory.Unknown, from, to));
}
