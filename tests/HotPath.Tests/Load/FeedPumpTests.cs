using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Truth;

namespace HotPath.Tests.Load;

public sealed class FeedPumpTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_run_whose_time_is_up_ends_in_good_order_and_its_truth_holds()
    {
        var plan = LoadRig.Small with { ScanCount = long.MaxValue, DisorderMillis = 30_000, DuplicateShare = 0.05 };
        var plant = new Plant(plan);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        var bytes = new MemoryStream();
        var counters = new LoadCounters();
        using var sink = new FileSink(bytes, new JsonEncoder(plant));
        var limits = new RunLimits(plan, TimeSpan.FromSeconds(10), _time);
        var pump = new FeedPump(feed, sink, new Pace(double.PositiveInfinity, _time), limits, counters);

        for (var step = 0; step < 500; step++)
        {
            _time.Pass(TimeSpan.FromMilliseconds(19));
            pump.Step();
        }

        Assert.Equal(long.MaxValue, feed.Scripts[0].Timetable.EndScan);
        _time.Pass(TimeSpan.FromSeconds(1));
        pump.Run();

        var truth = TruthFile.Write(Stream.Null, plant, [feed], counters);
        Assert.True(truth.Holds, truth.Why);
        Assert.Equal(bytes.ToArray().Count(letter => letter == '\n'), truth.Sent);
        Assert.InRange(truth.Duplicates, 1, truth.Sent / 10);
    }

    /// <summary>
    /// A run that had caught up with now was said to be held back by the receiver or the generator. It waited for the
    /// clock and counted that nowhere.
    /// </summary>
    [Fact]
    public void Who_waits_because_event_time_has_caught_up_with_now_is_held_back_by_the_pace()
    {
        var plan = LoadRig.Small with { ScanCount = long.MaxValue, StartMillis = _time.GetUtcNow().ToUnixTimeMilliseconds() };
        var plant = new Plant(plan);
        var counters = new LoadCounters();
        using var sink = new FileSink(new MemoryStream(), new JsonEncoder(plant));
        var limits = new RunLimits(plan, TimeSpan.FromHours(1), _time);
        var pump = new FeedPump(
            new Feed(plant.Fleet.Gateways, plan), sink, new Pace(double.PositiveInfinity, _time), limits, counters);

        pump.Step();

        Assert.Equal(0, counters.Offered);
        Assert.True(counters.PaceWaitTicks > 0);
        Assert.Equal(RunLimit.Pace, RunLimit.Of(counters, feedCount: 1, TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void An_open_loop_owes_what_was_not_sent_in_time()
    {
        var pace = new Pace(readingsPerSecond: 1_000, _time);

        _time.Pass(TimeSpan.FromSeconds(2.5));

        Assert.Equal(2_500, pace.Due);
        Assert.Equal(long.MaxValue, new Pace(double.PositiveInfinity, _time).Due);
    }

    [Fact]
    public void Who_must_hurry_goes_on_from_what_was_sent()
    {
        var pace = new Pace(readingsPerSecond: 10, _time);
        _time.Pass(TimeSpan.FromSeconds(100));

        pace.Hurry(readingsSent: 700);
        _time.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(100_700, pace.Due);
    }

    [Fact]
    public void Event_time_leaves_room_for_the_closing_scene_below_now()
    {
        var limits = new RunLimits(LoadRig.Small, TimeSpan.MaxValue, _time);

        var room = _time.GetUtcNow().ToUnixTimeMilliseconds() - limits.EventMillisMax;

        Assert.Equal(LoadRig.Small.ClosingScans * PlanOptions.ClosingStepMillis, room);
    }
}
