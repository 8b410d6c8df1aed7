using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>
/// The live stream, by server-sent events: <c>transition</c> and <c>downtime</c> with their cursor as id, <c>system</c>
/// once a second, <c>acknowledgement</c> with the downtime that somebody said something of, <c>heartbeat</c> when nothing else was sent, <c>resync</c> when the client must load anew.
/// A client that comes back with Last-Event-ID gets what it missed, as far as history reaches.
/// </summary>
internal static class LiveRoutes
{
    private static readonly string[] s_kinds = ["transition", "downtime", "system"];

    // Four times a second: faster than anybody reads, slower than a flapping machine.
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);
    private const int TicksPerSystem = 4;
    private const int TicksPerHeartbeat = 40;

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve) =>
        routes.MapGet("/api/v1/live", http => Stream(http, serve))
            .WithMetadata(RouteAccess.Viewer)
            .Described("Server-sent events", typeof(string), "events", "equipment", "rule", "coalesce", "cursor");

    private static async Task Stream(HttpContext http, ServeContext serve)
    {
        var query = serve.Query(http);
        var filter = new LiveFilter(
            Kinds(query),
            query.Globs("equipment"),
            query.Globs("rule"),
            query.Flag("coalesce") ?? true);
        var cursor = query.Cursor("cursor");
        if (LiveCursor.TryParse(http.Request.Headers["Last-Event-ID"], out var last))
        {
            cursor = last;
        }

        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        if (!serve.Live.Hub.TrySubscribe(out var subscription))
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "Too many clients follow the live stream already.");
            return;
        }

        using (subscription)
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, serve.Stopping);
            var writer = new LiveWriter(http.Response, serve, filter);
            try
            {
                // The client is connected now, whenever the first event comes.
                await http.Response.Body.FlushAsync(ends.Token);
                await Follow(writer, subscription, serve, cursor, ends.Token);
            }
            catch (OperationCanceledException)
            {
                // The client left, or the service stops.
            }
        }
    }

    private static async Task Follow(
        LiveWriter writer, LiveSubscription subscription, ServeContext serve, LiveCursor? cursor, CancellationToken ends)
    {
        // Subscribed already: what comes meanwhile is in both, and sent once by its cursor.
        var sent = cursor ?? serve.Live.Position;
        if (cursor is { } after && serve.Live.TryReplay(after, out var missed))
        {
            sent = writer.Add(missed, sent);
        }
        else
        {
            sent = serve.Live.Position;
            writer.Event(cursor is null ? "hello" : "resync", sent.ToString(), "{}");
        }

        writer.Status();
        await writer.FlushAsync(ends);
        using var timer = new PeriodicTimer(s_tick, serve.Clock);
        var items = new List<LiveItem>();
        for (var tick = 1; await timer.WaitForNextTickAsync(ends); tick++)
        {
            items.Clear();
            while (subscription.TryTake(out var item))
            {
                items.Add(item);
            }

            if (subscription.TakeDropped() is > 0 and var dropped)
            {
                writer.Event("resync", sent.ToString(), string.Create(CultureInfo.InvariantCulture, $"{{\"dropped\":{dropped}}}"));
            }

            sent = writer.Add(items, sent);
            if (tick % TicksPerSystem == 0)
            {
                await serve.Engine.LookAsync(ends);
                writer.Status();
            }

            if (tick % TicksPerHeartbeat == 0)
            {
                writer.Event("heartbeat", null, "{}");
            }

            await writer.FlushAsync(ends);
        }
    }

    private static HashSet<string> Kinds(QueryReader query)
    {
        var words = query.Text("events")?.Split(',') ?? s_kinds;
        foreach (var word in words.Where(word => !s_kinds.Contains(word)))
        {
            query.Refuse($"events cannot hold \"{word}\": {string.Join(", ", s_kinds)}.");
        }

        return [.. words];
    }
}

/// <summary>What a client of the live stream wants.</summary>
internal sealed record LiveFilter(
    HashSet<string> Kinds, Func<string, bool>? Equipment, Func<string, bool>? Rule, bool IsCoalesced);

/// <summary>Writes events of one client into a buffer, and the buffer to the client. For one request's thread.</summary>
internal sealed class LiveWriter(HttpResponse response, ServeContext serve, LiveFilter filter)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    /// <summary>Adds what is behind <paramref name="sent"/> and wanted, in order.</summary>
    /// <returns>Up to where the client has everything now.</returns>
    public LiveCursor Add(List<LiveItem> items, LiveCursor sent)
    {
        // The newest transition of a machine and rule stands for those before it: 4 a second are enough for eyes.
        var newest = new Dictionary<(int, int), LiveCursor>();
        if (filter.IsCoalesced)
        {
            foreach (var item in items.Where(item => item.Transition is not null))
            {
                newest[(item.EquipmentIndex, item.RuleWord)] = item.Cursor;
            }
        }

        foreach (var item in items)
        {
            if (item.IsSaid)
            {
                // Stands beside the order of rows: whoever comes back later reads it with the row.
                if (IsWanted(item))
                {
                    Event("acknowledgement", null, item);
                }

                continue;
            }

            if (item.Cursor <= sent)
            {
                continue;
            }

            sent = item.Cursor;
            var isOld = item.Transition is not null
                && newest.TryGetValue((item.EquipmentIndex, item.RuleWord), out var last) && item.Cursor < last;
            if (!isOld && IsWanted(item))
            {
                Event(item.Transition is null ? "downtime" : "transition", item.Cursor.ToString(), item);
            }
        }

        return sent;
    }

    public void Status()
    {
        if (filter.Kinds.Contains("system"))
        {
            Begin("system", null);
            Json(serve.Pulse.Status(), ServeJson.Default.StatusDocument);
            _buffer.Write("\n\n"u8);
        }
    }

    public void Event(string kind, string? id, string json)
    {
        Begin(kind, id);
        Text(json);
        _buffer.Write("\n\n"u8);
    }

    public async Task FlushAsync(CancellationToken ends)
    {
        if (_buffer.WrittenCount > 0)
        {
            await response.Body.WriteAsync(_buffer.WrittenMemory, ends);
            await response.Body.FlushAsync(ends);
            _buffer.ResetWrittenCount();
        }
    }

    private void Event(string kind, string? id, LiveItem item)
    {
        Begin(kind, id);
        if (item.Transition is { } transition)
        {
            Json(serve.Documents.Transition(transition), ServeJson.Default.TransitionDocument);
        }
        else
        {
            Json(serve.Documents.Downtime(item.Downtime!.Value), ServeJson.Default.DowntimeDocument);
        }

        _buffer.Write("\n\n"u8);
    }

    private bool IsWanted(LiveItem item) =>
        filter.Kinds.Contains(item.Transition is null ? "downtime" : "transition")
        && (filter.Equipment is null || filter.Equipment(serve.Documents.EquipmentId(item.EquipmentIndex)))
        && (filter.Rule is null || filter.Rule(serve.Documents.Word(item.RuleWord) ?? ""));

    private void Begin(string kind, string? id)
    {
        _buffer.Write("event: "u8);
        Text(kind);
        if (id is not null)
        {
            _buffer.Write("\nid: "u8);
            Text(id);
        }

        _buffer.Write("\ndata: "u8);
    }

    // JSON without indentation has no line breaks, so one data line holds it.
    private void Json<T>(T document, JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(_buffer);
        JsonSerializer.Serialize(json, document, type);
    }

    private void Text(string text)
    {
        var span = _buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _buffer.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
