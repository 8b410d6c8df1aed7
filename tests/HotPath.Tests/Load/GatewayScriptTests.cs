using System.Text.Json;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;

namespace HotPath.Tests.Load;

public sealed class GatewayScriptTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(45_000)]
    public void No_reading_is_as_late_behind_its_gateway_as_the_disorder(int disorderMillis)
    {
        var plan = LoadRig.Small with { DisorderMillis = disorderMillis, StepMillis = 1_000, EquipmentCount = 60 };
        var plant = new Plant(plan);
        foreach (var gateway in plant.Fleet.Gateways)
        {
            var script = new GatewayScript(gateway, plan);
            var newest = long.MinValue;
            var latest = 0L;
            while (!script.Ended)
            {
                foreach (ref readonly var scan in script.Next())
                {
                    newest = Math.Max(newest, scan.Millis);
                    latest = Math.Max(latest, newest - scan.Millis);
                }
            }

            Assert.InRange(latest, disorderMillis / 2, Math.Max(0, disorderMillis - 1));
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    [InlineData("msgpack-envelope")]
    [InlineData("influx")]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others(string encoding)
    {
        Assert.True(PayloadFormats.TryParse(encoding, out var format));
        var plan = LoadRig.Small with { DisorderMillis = 20_000, DuplicateShare = 0.01, ScanCount = 200 };

        var first = LoadRig.Record(plan, format).Bytes;
        var again = LoadRig.Record(plan, format).Bytes;
        var other = LoadRig.Record(plan with { Seed = plan.Seed + 1 }, format).Bytes;

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void The_closing_scene_is_calm_and_longer_than_any_hold()
    {
        var recording = LoadRig.Record(LoadRig.Small);
        var times = recording.Lines.Select(line =>
            JsonDocument.Parse(line).RootElement.GetProperty("timestamp").GetInt64());

        var end = LoadRig.StartMillis + (LoadRig.Small.ScanCount * LoadRig.Small.StepMillis);

        Assert.True(times.Max() >= end + LoadRig.Small.SettleMillis);
        Assert.DoesNotContain(recording.Rows, row =>
            JsonDocument.Parse(row).RootElement.GetProperty("at").GetInt64() > (end + 20_000) * 1_000);
    }

    [Fact]
    public void A_plan_that_is_told_to_close_sends_what_it_began_and_then_the_closing_scene()
    {
        var plan = LoadRig.Small with { ScanCount = long.MaxValue };
        var plant = new Plant(plan);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        for (var block = 0; block < 10; block++)
        {
            feed.Next();
        }

        feed.Close();
        var scans = 0L;
        while (!feed.Ended)
        {
            scans += feed.Next().Length;
        }

        Assert.All(feed.Scripts, script => Assert.Equal(feed.Scripts[0].Timetable.EndScan, script.Timetable.EndScan));
        Assert.InRange(scans, (long)plan.ClosingScans * plan.EquipmentCount, long.MaxValue);
    }
}
