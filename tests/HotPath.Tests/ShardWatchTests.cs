using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.TestKit;

namespace HotPath.Tests;

/// <summary>What shards are asked for, through the whole process.</summary>
public sealed class ShardWatchTests
{
    [Fact]
    public async Task Sources_metrics_and_freshness_come_from_the_shards_of_a_running_instance()
    {
        using var rig = new PipelineRig();
        await using var pipeline = await rig.StartAsync(hasTables: false);
        await PipelineRig.SendAsync(pipeline, speed: 10, second: 1);
        await PipelineRig.SendAsync(pipeline, speed: 0, second: 2);
        await UntilHeardAsync(pipeline);

        var sources = await PipelineRig.AskAsync(pipeline, "api/v1/sources");
        var source = sources.GetProperty("items")[0];
        Assert.Equal("127.0.0.1", source.GetProperty("id").GetString());
        Assert.Equal("2023-11-14T22:13:22Z", source.GetProperty("progressAt").GetString());
        Assert.Equal(1, source.GetProperty("machinesHeld").GetInt32());
        Assert.True(source.GetProperty("skewSeconds").GetDouble() > 0);
        var machine = sources.GetProperty("machines")[0];
        Assert.Equal(("filler-1", "127.0.0.1"), (machine.GetProperty("equipmentId").GetString(), machine.GetProperty("heldBy").GetString()));

        // The readings are years old, and so is the watermark that they move.
        using var http = new HttpClient { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };
        var metrics = (await http.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n');
        var lag = Assert.Single(metrics, line => line.StartsWith("hotpath_watermark_lag_seconds{", StringComparison.Ordinal));
        Assert.True(double.Parse(lag.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) > 1e6);

        var detail = await PipelineRig.AskAsync(pipeline, "api/v1/equipment/filler-1");
        var insight = detail.GetProperty("insight");
        Assert.Equal("2023-11-14T22:13:22Z", insight.GetProperty("watermark").GetString());
        var tag = insight.GetProperty("tags")[0];
        Assert.Equal(("speed", 0.0, true), (tag.GetProperty("tag").GetString(), tag.GetProperty("number").GetDouble(), tag.GetProperty("isRead").GetBoolean()));
        Assert.Equal("127.0.0.1", insight.GetProperty("sources")[0].GetString());
        Assert.NotEqual(JsonValueKind.Null, detail.GetProperty("equipment").GetProperty("lastReceivedAt").ValueKind);
        await pipeline.StopAsync();
    }

    /// <summary>A shard that does not turn (stuck, stopped, not yet started) is given up, and answers later all the same.</summary>
    [Fact]
    public async Task A_shard_that_does_not_turn_holds_nobody_up()
    {
        using var directory = new TemporaryDirectory();
        var clock = new SystemClock();
        using var engine = HotPathEngine.Open(new EngineOptions { DataDirectory = directory.Path, ShardCount = 2 }, clock);
        engine.Names.Equipment.TryIntern("filler-1"u8, 0, out var machine);
        using var watch = new ShardWatch(engine, [], clock, _ => { });

        Assert.Null(await watch.InquireAsync(machine, CancellationToken.None));
        await watch.LookAsync(CancellationToken.None);
        Assert.Null(watch.Latest);

        foreach (var shard in engine.Shards)
        {
            while (shard.AnswerSlice() > 0)
            {
            }
        }

        // The shard with the machine had the inquiry to answer first, and is asked again.
        var look = watch.LookAsync(CancellationToken.None).AsTask();
        while (!look.IsCompleted)
        {
            Array.ForEach(engine.Shards, shard => shard.AnswerSlice());
        }

        Assert.NotNull(watch.Latest);
        Assert.Equal((2, 0L), (watch.Latest.Shards.Length, watch.Latest.MachineCount));
    }

    private static async Task UntilHeardAsync(Pipeline pipeline)
    {
        var isHeard = false;
        while (!isHeard)
        {
            var page = await PipelineRig.AskAsync(pipeline, "api/v1/equipment");
            isHeard = page.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("lastEventAt").ValueKind != JsonValueKind.Null)
                && pipeline.Engine.SafeLsn >= pipeline.View.Ring.PublishedLsn;
        }
    }
}
