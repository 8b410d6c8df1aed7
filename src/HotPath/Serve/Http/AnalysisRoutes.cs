using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;
using HotPath.Standstills;

namespace HotPath.Serve.Http;

/// <summary>What the page draws: lanes of states, and minutes lost by reason.</summary>
internal static class AnalysisRoutes
{
    private const int LanesMax = 2000;
    private const long DefaultWindowMicros = 8L * 3600 * 1_000_000;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        routes.MapGet("/api/v1/timeline", http => Timeline(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("States of machines over a window, under one rule", typeof(TimelineDocument),
                "rule", "equipment", "from", "to", "limit");
        routes.MapGet("/api/v1/pareto", http => Pareto(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Time lost by reason, the greatest first", typeof(ParetoDocument),
                "equipment", "rule", "from", "to", "state", "category", "status", "micro");
    }

    private static Task Timeline(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var ruleId = query.Text("rule") ?? DefaultRule(serve);
        var equipment = query.Globs("equipment");
        var (from, to) = Window(query, serve);
        var limit = query.Whole("limit", LanesMax, 1, LanesMax);
        return ServeContext.Answer(http, query, () =>
        {
            var lanes = new TimelineBuilder(from, to);
            if (serve.Names.Words.TryFind(Encoding.UTF8.GetBytes(ruleId), out var ruleWord))
            {
                Fill(lanes, serve, ruleWord, equipment);
            }

            return lanes.Build(ruleId, limit, serve);
        }, ServeJson.Default.TimelineDocument);
    }

    private static void Fill(TimelineBuilder lanes, ServeContext serve, int ruleWord, Func<string, bool>? equipment)
    {
        foreach (var machine in serve.Live.Machines())
        {
            if (equipment is not null && !equipment(serve.Documents.EquipmentId(machine.EquipmentIndex)))
            {
                continue;
            }

            foreach (var state in machine.States.Where(state => state.RuleWord == ruleWord))
            {
                lanes.Now(machine.EquipmentIndex, state);
            }
        }

        var rows = serve.Live.Transitions(null, int.MaxValue, row =>
            row.Body.RuleWord == ruleWord && row.Body.AtMicros >= lanes.FromMicros && lanes.Has(row.EquipmentIndex));
        foreach (var row in rows)
        {
            lanes.Before(row);
        }
    }

    private static Task Pareto(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var wanted = HistoryRoutes.DowntimeFilter(query, serve);
        var (from, to) = Window(query, serve);
        // Planned stops are no loss unless asked for.
        var withPlanned = query.Text("category") is not null;
        return ServeContext.Answer(http, query, () =>
        {
            var now = QueryReader.Micros(serve.Now);
            var rows = serve.Live.Downtimes(row =>
                wanted(row) && row.Body.StartMicros < to && (row.IsOpen || row.Body.EndMicros > from)
                && (withPlanned || row.Body.Category != DowntimeCategory.Planned));
            return Standstills.Pareto.Of([.. rows.Select(row => Standstill.Of(row, serve.Documents))], from, to, now);
        }, ServeJson.Default.ParetoDocument);
    }

    public static (long From, long To) Window(QueryReader query, ServeContext serve) => Window(query, serve.Now);

    public static (long From, long To) Window(QueryReader query, DateTimeOffset now)
    {
        var to = query.Time("to") ?? QueryReader.Micros(now);
        return (query.Time("from") ?? (to - DefaultWindowMicros), to);
    }

    /// <summary>The first rule that drives downtime, else the first.</summary>
    private static string DefaultRule(ServeContext serve)
    {
        var rules = serve.Engine.Rules.Rules;
        return rules.IsEmpty ? "" : rules.FirstOrDefault(rule => rule.DrivesDowntime, rules[0]).Id;
    }
}

/// <summary>Builds lanes backwards from now, because the newest state is known and history may be cut. For one request.</summary>
internal sealed class TimelineBuilder(long fromMicros, long toMicros)
{
    private readonly Dictionary<int, Lane> _lanes = [];
    private readonly List<int> _order = [];

    public long FromMicros { get; } = fromMicros;

    public bool Has(int equipmentIndex) => _lanes.ContainsKey(equipmentIndex);

    public void Now(int equipmentIndex, in LiveState state)
    {
        _lanes[equipmentIndex] = new Lane(new Span(state.SinceMicros, state.StateWord, state.Category));
        _order.Add(equipmentIndex);
    }

    /// <summary>To be called with transitions newest first.</summary>
    public void Before(in LiveTransition row) =>
        _lanes[row.EquipmentIndex].Before(row.Body.SinceMicros, row.Body.FromWord, row.FromCategory);

    public TimelineDocument Build(string ruleId, int limit, ServeContext serve)
    {
        var states = new List<TimelineState>();
        var numbers = new Dictionary<int, int>();
        var lanes = _order.Take(limit)
            .Select(index => new TimelineLane(serve.Documents.EquipmentId(index), Spans(_lanes[index])))
            .ToList();
        return new TimelineDocument(
            ruleId, Documents.Time(FromMicros), Documents.Time(toMicros), states, lanes, serve.Live.IsCutAt(FromMicros));

        List<long> Spans(Lane lane)
        {
            var spans = new List<long>();
            foreach (var span in lane.Spans.AsEnumerable().Reverse().Where(span => span.BeginMicros < toMicros))
            {
                spans.Add(Math.Max(span.BeginMicros, FromMicros) / 1000);
                spans.Add(Number(span));
            }

            return spans;
        }

        int Number(in Span span)
        {
            if (!numbers.TryGetValue(span.StateWord, out var number))
            {
                number = states.Count;
                numbers.Add(span.StateWord, number);
                states.Add(new TimelineState(serve.Documents.Word(span.StateWord) ?? "", Documents.Category(span.Category)));
            }

            return number;
        }
    }

    private readonly record struct Span(long BeginMicros, int StateWord, DowntimeCategory Category);

    private sealed class Lane(Span newest)
    {
        /// <summary>Newest first.</summary>
        public List<Span> Spans { get; } = [newest];

        public void Before(long sinceMicros, int fromWord, DowntimeCategory fromCategory)
        {
            // The transition tells when the span that stands last began; what was before lasts back to who knows.
            Spans[^1] = Spans[^1] with { BeginMicros = sinceMicros };
            Spans.Add(new Span(long.MinValue, fromWord, fromCategory));
        }
    }
}
