using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HotPath.Engine.Ring;
using HotPath.Serve.Auth;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>
/// What goes through the instance, sampled, by server-sent events: <c>reading</c>, <c>transition</c>, <c>downtime</c> as
/// they come, and <c>dropped</c> with what was left out. Nobody waits for a client of it: what it is too slow for, and what
/// goes beyond its rate, is counted and gone.
/// </summary>
internal static class TapRoutes
{
    /// <summary>Each looks at every reading: with a million of them a second a hundredth of a core.</summary>
    private const int ClientsMax = 8;

    private const int RateMax = 10_000;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    public static void Map(IEndpointRouteBuilder routes, ServeContext serve)
    {
        var seats = new SemaphoreSlim(ClientsMax);
        routes.MapGet("/api/v1/tap", http => Stream(http, serve, seats))
            .WithMetadata(RouteAccess.Viewer)
            .Described(
                "Readings, transitions and downtimes as they come, sampled, as server-sent events", typeof(string),
                "stage", "equipment", "rate");
    }

    private static async Task Stream(HttpContext http, ServeContext serve, SemaphoreSlim seats)
    {
        var query = serve.Query(http);
        var stages = TapStages.Of(query);
        var equipment = query.Globs("equipment");
        var rate = query.Whole("rate", 50, 1, RateMax);
        if (query.Faults() is { Count: > 0 } faults)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', faults), faults);
            return;
        }

        if (!seats.Wait(0))
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "Too many clients tap this instance already.");
            return;
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, serve.Stopping);
        try
        {
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
                await http.Response.Body.FlushAsync(ends.Token);
                await new TapStream(serve, subscription, stages, equipment, rate).RunAsync(http.Response.Body, ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the service stops.
        }
        finally
        {
            seats.Release();
        }
    }

    /// <summary>One client's stream. Its request's thread alone.</summary>
    private sealed class TapStream(
        ServeContext serve, LiveSubscription subscription, TapStages stages, Func<string, bool>? equipment, int rate)
    {
        private const int SlotsAtOnce = 4096;
        private const int TicksPerSecond = 50;

        private readonly RingTap? _tap = stages.HasReadings ? serve.Engine.NewTap() : null;
        private readonly Slot[] _slots = new Slot[SlotsAtOnce];
        private readonly ArrayBufferWriter<byte> _buffer = new(16 << 10);

        // By equipment index: is it wanted? Null = not asked yet.
        private readonly List<bool?> _wanted = [];
        private double _allowance = rate;
        private long _sampledOut;
        private long _sampledOutTold;
        private long _missedTold;
        private long _lateTold;

        public async Task RunAsync(Stream body, CancellationToken ends)
        {
            using var timer = new PeriodicTimer(s_tick, serve.Clock);
            for (var tick = 1; await timer.WaitForNextTickAsync(ends); tick++)
            {
                // A second's worth may come at once.
                _allowance = Math.Min(rate, _allowance + ((double)rate / TicksPerSecond));
                TakeRows();
                TakeReadings();
                if (tick % TicksPerSecond == 0)
                {
                    TellDropped();
                }

                if (_buffer.WrittenCount > 0)
                {
                    await body.WriteAsync(_buffer.WrittenMemory, ends);
                    await body.FlushAsync(ends);
                    _buffer.ResetWrittenCount();
                }
            }
        }

        private void TakeRows()
        {
            while (subscription.TryTake(out var item))
            {
                var isWanted = (item.Transition is null ? stages.HasDowntimes : stages.HasTransitions) && !item.IsSaid && IsWanted(item.EquipmentIndex);
                if (!isWanted || !IsAllowed())
                {
                    continue;
                }

                if (item.Transition is { } transition)
                {
                    Event("transition", serve.Documents.Transition(transition), ServeJson.Default.TransitionDocument);
                }
                else
                {
                    Event("downtime", serve.Documents.Downtime(item.Downtime!.Value), ServeJson.Default.DowntimeDocument);
                }
            }
        }

        private void TakeReadings()
        {
            // At most a lap of the ring at a time: a tap that is always behind must not turn for ever.
            for (var laps = serve.Engine.Ring.Slots; _tap is not null && laps > 0; laps -= SlotsAtOnce)
            {
                var slots = _tap.Read(_slots, out var lsnFirst);
                for (var index = 0; index < slots.Length; index++)
                {
                    if (slots[index].Kind == SlotKind.Reading && IsWanted(slots[index].EquipmentIndex) && IsAllowed())
                    {
                        Event("reading", TapReading.Of(slots[index], lsnFirst + index, serve.Names), ServeJson.Default.TapReading);
                    }
                }

                if (slots.Length == 0)
                {
                    return;
                }
            }
        }

        private void TellDropped()
        {
            _lateTold += subscription.TakeDropped();
            var missed = _tap?.MissedCount ?? 0;
            if (_sampledOut > _sampledOutTold || missed > _missedTold || _lateTold > 0)
            {
                Event(
                    "dropped",
                    new TapDropped(_sampledOut - _sampledOutTold, missed - _missedTold + _lateTold),
                    ServeJson.Default.TapDropped);
                (_sampledOutTold, _missedTold, _lateTold) = (_sampledOut, missed, 0);
            }
        }

        private bool IsAllowed()
        {
            if (_allowance < 1)
            {
                _sampledOut++;
                return false;
            }

            _allowance--;
            return true;
        }

        private bool IsWanted(int equipmentIndex)
        {
            if (equipment is null)
            {
                return true;
            }

            while (_wanted.Count <= equipmentIndex)
            {
                _wanted.Add(null);
            }

            return _wanted[equipmentIndex] ??= equipment(serve.Documents.EquipmentId(equipmentIndex));
        }

        private void Event<T>(string kind, T document, JsonTypeInfo<T> type)
        {
            _buffer.Write("event: "u8);
            Encoding.UTF8.GetBytes(kind, _buffer);
            _buffer.Write("\ndata: "u8);
            using (var json = new Utf8JsonWriter(_buffer))
            {
                JsonSerializer.Serialize(json, document, type);
            }

            _buffer.Write("\n\n"u8);
        }
    }
}
