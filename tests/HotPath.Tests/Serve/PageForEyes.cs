using System.Globalization;
using System.Net;
using HotPath.Configuration;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

/// <summary>
/// No test of its own accord: with <c>HOTPATH_LOOK=PORT,SECONDS,MACHINES</c> it serves the page over an invented plant,
/// for people who work on the page.
/// </summary>
public sealed class PageForEyes
{
    [LookFact]
    public async Task Serves_an_invented_plant_for_people_to_look_at()
    {
        var look = LookFactAttribute.Wanted!.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var clock = TimeProvider.System;
        var plant = new FakePlant();
        var engine = new FakeEngine();
        var http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, look[0]) };
        await using var host = new HttpHost(new HttpHostOptions(http, null, "0.1.0") { Rules = new FakeRuleBook(engine) }, plant.Live, engine, plant.Names);
        var shift = new FakeShift(plant, look[2], seed: 20260301, Micros(clock) - (9 * 3600 * 1_000_000L));
        shift.RunUntil(Micros(clock));
        await host.StartAsync(CancellationToken.None);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200), clock);
        for (var tick = 0; tick < look[1] * 5 && await timer.WaitForNextTickAsync(); tick++)
        {
            shift.RunUntil(Micros(clock));
            var received = engine.Books.Received + 36_000 + (tick % 11 * 900);
            engine.Books = new BooksView(received, received, [], received, received / 9_000, 0, 0, 0, 0);
            engine.Ring = new RingView(65_536, received);
            engine.Journal = engine.Journal with { WrittenLsn = received - 120, DurableLsn = received - 260 };
            engine.Delta = engine.Delta with { LagSeconds = 2 + (tick % 40 / 5.0) };
        }

        await host.StopAsync(CancellationToken.None);
        Assert.True(plant.Live.Counts.Transitions > 0);
    }

    private static long Micros(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

internal sealed class LookFactAttribute : FactAttribute
{
    public LookFactAttribute() => Skip = Wanted is null ? "Serves the page for people: set HOTPATH_LOOK=PORT,SECONDS,MACHINES." : null;

    public static string? Wanted { get; } = Environment.GetEnvironmentVariable("HOTPATH_LOOK");
}
