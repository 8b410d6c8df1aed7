using HotPath.Engine.Ledger;
using HotPath.Serve.Live;

namespace HotPath.Tests.Serve;

public sealed class LiveViewTests
{
    [Fact]
    public void History_and_evidence_stay_within_their_bounds_whatever_comes()
    {
        var limits = new LiveLimits { Transitions = 1_000, Downtimes = 100, EvidenceBytes = 10_000 };
        var plant = new FakePlant(limits);
        for (var at = 0; at < 5_000; at++)
        {
            plant.Transition("filler-1", "ACTIVE", "STOPPED", at, evidence: $"{{\"why\":\"{new string('x', 80 + (at % 40))}\"}}")
                .Downtime("filler-1", "STOPPED", start: at, end: at + 0.5);
        }

        var kept = plant.Live.Transitions(null, int.MaxValue, _ => true);

        Assert.Equal(1_000, kept.Count);
        Assert.Equal(100, plant.Live.Downtimes(_ => true).Count);
        Assert.InRange(plant.Live.EvidenceBytes, 9_000, 10_000);
        Assert.Equal(plant.Live.EvidenceBytes, kept.Sum(row => row.Evidence?.Length ?? 0));
        Assert.NotNull(kept[0].Evidence);
        Assert.Null(kept[^1].Evidence);
        Assert.Equal(5_000, plant.Live.Counts.Transitions);
    }

    [Fact]
    public void Evidence_larger_than_its_bound_leaves_the_transition_without()
    {
        var plant = new FakePlant(new LiveLimits { EvidenceBytes = 100 });

        plant.Transition("filler-1", "ACTIVE", "STOPPED", at: 1, evidence: new string('x', 200));
        plant.Transition("filler-1", "STOPPED", "ACTIVE", at: 2, evidence: new string('y', 60));

        Assert.Equal([60, null], plant.Live.Transitions(null, 9, _ => true).Select(row => row.Evidence?.Length));
        Assert.Equal(60, plant.Live.EvidenceBytes);
    }

    [Fact]
    public void A_rule_that_is_gone_takes_its_state_along_and_its_downtime_closes()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 1)
            .Downtime("filler-1", "STOPPED", start: 1, end: null)
            .Transition("filler-1", "STOPPED", null, at: 9)
            .Downtime("filler-1", "STOPPED", start: 1, end: 9, revision: 2);

        var machine = plant.Live.Machine(plant.Equipment("filler-1"));

        Assert.Empty(machine.States);
        Assert.Equal((0, 0, 1), (plant.Live.Counts.OpenNow, plant.Live.Counts.MachinesDown, plant.Live.Counts.MachinesOther));
        Assert.False(Assert.Single(plant.Live.Downtimes(_ => true)).IsOpen);
    }

    [Fact]
    public void In_one_instant_one_downtime_closes_and_another_opens()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "ACTIVE", "NO_DATA", at: 1)
            .Downtime("filler-1", "NO_DATA", start: 1, end: null)
            .Transition("filler-1", "NO_DATA", "CHANGEOVER", at: 5)
            .Downtime("filler-1", "NO_DATA", start: 1, end: 5, revision: 2)
            .Downtime("filler-1", "CHANGEOVER", start: 5, end: null);

        var state = Assert.Single(plant.Live.Machine(plant.Equipment("filler-1")).States);

        Assert.Equal(DowntimeCategory.Planned, state.Open?.Body.Category);
        Assert.Equal(1, plant.Live.Counts.OpenNow);
        Assert.Equal((0, 1), (plant.Live.Counts.MachinesUnknown, plant.Live.Counts.MachinesPlanned));
    }

    [Fact]
    public void A_stopped_machine_is_down_before_its_downtime_is_announced()
    {
        var plant = new FakePlant().Transition("filler-1", "ACTIVE", "STOPPED", at: 1);

        var machine = plant.Live.Machine(plant.Equipment("filler-1"));

        Assert.Equal(DowntimeCategory.Down, machine.Category);
        Assert.Null(Assert.Single(machine.States).Open);
    }

    [Fact]
    public void A_downtime_whose_transition_was_before_the_ledger_tells_the_state_itself()
    {
        var plant = new FakePlant().Downtime("filler-1", "STOPPED", start: 1, end: null, reason: "jam");

        var state = Assert.Single(plant.Live.Machine(plant.Equipment("filler-1")).States);

        Assert.Equal("STOPPED", plant.Names.Words.Text(state.StateWord));
        Assert.Equal(1, plant.Live.Counts.MachinesDown);
    }

    [Fact]
    public void A_slow_client_loses_the_oldest_and_is_told_how_many_while_nobody_waits()
    {
        var plant = new FakePlant(new LiveLimits { ClientItems = 8 });
        Assert.True(plant.Live.Hub.TrySubscribe(out var slow));
        for (var at = 0; at < 20; at++)
        {
            plant.Transition("filler-1", "ACTIVE", "STOPPED", at);
        }

        Assert.Equal(12, slow.TakeDropped());
        Assert.Equal(12, plant.Live.Hub.Dropped);
        Assert.True(slow.TryTake(out var first));
        Assert.Equal(13, first.Cursor.Lsn);
        slow.Dispose();
        Assert.Equal(0, plant.Live.Hub.Clients);
    }

    [Theory]
    [InlineData("17-3", 17, 3)]
    [InlineData("17", 17, int.MaxValue)]
    public void A_cursor_is_an_lsn_and_a_place_behind_it(string text, long lsn, int place)
    {
        Assert.True(LiveCursor.TryParse(text, out var cursor));
        Assert.Equal(new LiveCursor(lsn, place), cursor);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("1-x")]
    [InlineData("1-99999999999")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_no_cursor(string? text)
    {
        Assert.False(LiveCursor.TryParse(text, out _));
    }

    [Fact]
    public async Task Readers_see_whole_machines_while_the_ledger_is_applied()
    {
        var plant = new FakePlant();
        plant.Transition("filler-1", "UNKNOWN", "ACTIVE", at: 0);
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var looks = 0;
            while (!done.IsCancellationRequested || looks == 0)
            {
                var machine = Assert.Single(plant.Live.Machines());
                var state = Assert.Single(machine.States);
                Assert.True(state.Open is null || state.Open.Value.Body.StateWord == state.StateWord);
                looks++;
            }
        });
        for (var at = 1; at < 5_000; at += 2)
        {
            plant.Transition("filler-1", "ACTIVE", "CHANGEOVER", at)
                .Downtime("filler-1", "CHANGEOVER", start: at, end: null)
                .Downtime("filler-1", "CHANGEOVER", start: at, end: at + 1, revision: 2)
                .Transition("filler-1", "CHANGEOVER", "ACTIVE", at + 1);
        }

        await done.CancelAsync();
        await reader;

        Assert.Equal(5_001, plant.Live.Counts.Transitions);
    }
}
