using System.Globalization;
using System.Text;
using HotPath.Engine.Ring;
using HotPath.Kinesis.Client;
using HotPath.Kinesis.Consume;

namespace HotPath.Tests.Kinesis;

/// <summary>The consumer with throughput of its own, against a scripted service that ends and breaks its subscriptions.</summary>
public sealed class FanOutTests : IDisposable
{
    private readonly ScriptedUpstream _upstream = new() { OffersFanOut = true };
    private readonly List<SourceRun> _runs = [];

    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Dispose();
        }

        _upstream.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_record_is_pushed_once_through_as_many_subscriptions_as_it_takes(bool isRegistered)
    {
        _upstream.IsRegistered = isRegistered;
        var first = _upstream.AddShard();
        var second = _upstream.AddShard();
        _upstream.Put(first, [.. Enumerable.Range(0, 20).Select(Reading)]);
        _upstream.Put(second, [.. Enumerable.Range(100, 20).Select(Reading)]);
        var run = Start();
        await run.TakenAsync(40);

        _upstream.Put(first, [.. Enumerable.Range(20, 20).Select(Reading)]);
        await run.TakenAsync(60);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(0, 40), run.Values.Where(value => value < 100));
        Assert.Equal(Enumerable.Range(100, 20), run.Values.Where(value => value >= 100));
        Assert.False(_upstream.Calls.ContainsKey("GetRecords"));
        Assert.Equal(1, _upstream.Calls["RegisterStreamConsumer"]);
        Assert.True(run.Settings.Counters.SubscriptionsEnded >= 10, $"{run.Settings.Counters.SubscriptionsEnded} subscriptions");
    }

    [Fact]
    public async Task A_service_that_has_no_consumers_is_polled()
    {
        _upstream.OffersFanOut = false;
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 10).Select(Reading)]);
        var run = Start();
        await run.TakenAsync(10);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(0, 10), run.Values);
        Assert.False(_upstream.Calls.ContainsKey("SubscribeToShard"));
    }

    [Fact]
    public async Task A_split_while_subscribed_is_followed_to_its_children()
    {
        var parent = _upstream.AddShard();
        _upstream.Put(parent, [.. Enumerable.Range(0, 10).Select(Reading)]);
        var run = Start();
        await run.TakenAsync(10);

        _upstream.Put(parent, Reading(10));
        var child = _upstream.AddShard(parent);
        _upstream.Put(child, Reading(11), Reading(12));
        await run.TakenAsync(13);

        Assert.Equal(Enumerable.Range(0, 13), run.Values);
    }

    [Fact]
    public async Task Wherever_the_journal_ends_a_restart_takes_exactly_the_rest()
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 9).Select(record =>
            Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(record * 4, 4).Select(Reading))))]);
        var whole = Start();
        await whole.TakenAsync(36);
        await whole.StopAsync();

        for (var kept = 0; kept <= whole.Slots.Count; kept++)
        {
            var second = Start(whole.Slots.Take(kept));
            await second.TakenAsync(36);
            await second.StopAsync();

            Assert.Equal(Enumerable.Range(0, 36), second.Values);
        }
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("exception")]
    [InlineData("ResourceInUseException")]
    [InlineData("LimitExceededException")]
    [InlineData("InternalFailure")]
    public async Task A_subscription_that_breaks_or_is_refused_is_made_again_where_it_stood(string how)
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 12).Select(Reading)]);
        _upstream.BreakNextSubscription(how);
        _upstream.BreakNextSubscription(how);
        var run = Start();
        await run.TakenAsync(12);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(0, 12), run.Values);
        Assert.False(_upstream.Calls.ContainsKey("GetRecords"));
        Assert.Equal(2, run.Settings.Counters.Faults + run.Settings.Counters.Throttles);
    }

    /// <summary>
    /// Cause: a consumer that an operator deregisters is answered with the same type as a shard that is gone. Symptom
    /// would be a shard given up with everything that was still to be read.
    /// </summary>
    [Theory]
    [InlineData("ResourceNotFoundException")]
    [InlineData("AccessDeniedException")]
    public async Task A_consumer_that_is_gone_does_not_end_the_shard_it_is_polled_then(string type)
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 4).Select(Reading)]);
        var run = Start();
        await run.TakenAsync(4);

        _upstream.BreakNextSubscription(type);
        _upstream.Put(shard, [.. Enumerable.Range(4, 8).Select(Reading)]);
        await run.TakenAsync(12);
        await run.StopAsync();

        Assert.Equal(Enumerable.Range(0, 12), run.Values);
    }

    /// <summary>
    /// Cause: a service, or what stands between, that keeps a subscription open and pushes nothing. Symptom without the
    /// fall-back: a shard that is read no more, at no distance from its tip, and nobody told.
    /// </summary>
    [Fact]
    public async Task A_subscription_that_is_silent_for_35_seconds_is_left_and_the_shard_is_polled_for_five_minutes()
    {
        var timers = new ManualTimers();
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 4).Select(Reading)]);
        _upstream.BreakNextSubscription("silence");
        var run = new SourceRun(_upstream, [], ShardPosition.Trim, consumer: "hotpath", timers: timers);
        _runs.Add(run);
        await run.UntilAsync(() => run.Values.Count() == 4 && _upstream.Silences == 1);
        _upstream.Put(shard, [.. Enumerable.Range(4, 4).Select(Reading)]);

        timers.Pass(TimeSpan.FromSeconds(34.9));
        Assert.Equal(0, _upstream.CallsOf("GetRecords"));
        Assert.Null(run.Settings.Problem);
        timers.Pass(TimeSpan.FromSeconds(0.1));
        await run.TakenAsync(8);

        Assert.Equal(Enumerable.Range(0, 8), run.Values);
        Assert.True(_upstream.CallsOf("GetRecords") > 0);
        Assert.Equal(1, _upstream.CallsOf("SubscribeToShard"));

        // After a while it may be that it pushes again.
        run.Clock.NowMicros += 300_000_000;
        await run.UntilAsync(() => _upstream.CallsOf("SubscribeToShard") > 1);
        _upstream.Put(shard, [.. Enumerable.Range(8, 4).Select(Reading)]);
        await run.TakenAsync(12);
        await run.StopAsync();
        Assert.Equal(Enumerable.Range(0, 12), run.Values);
    }

    [Fact]
    public async Task A_position_that_is_no_longer_kept_counts_as_a_gap()
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 4).Select(Reading)]);
        var before = Start();
        await before.TakenAsync(4);
        await before.StopAsync();

        _upstream.Put(shard, [.. Enumerable.Range(4, 4).Select(Reading)]);
        _upstream.Trim(shard, 6);
        var after = Start(before.Slots);
        await after.TakenAsync(6);

        Assert.Equal([0, 1, 2, 3, 6, 7], after.Values);
        Assert.Equal(1, after.Settings.Counters.Gaps);
    }

    [Fact]
    public async Task What_is_no_event_stream_is_a_fault_and_no_more()
    {
        var good = HotPath.Kinesis.Read.EventStream.Event("SubscribeToShardEvent", "application/json", "{}"u8);
        for (var at = 0; at < good.Length; at++)
        {
            var damaged = good.ToArray();
            damaged[at] ^= 0x20;

            var fault = await Assert.ThrowsAnyAsync<Exception>(
                async () => await new EventStreamReader(new MemoryStream(damaged)).ReadAsync(CancellationToken.None));
            Assert.True(fault is AwsFaultException, fault.ToString());
        }
    }

    private static string Reading(int value) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"equipmentId":"filler-1","timestamp":{{1_700_000_000_000 + value}},"tag":"count","value":{{value}}}""");

    private SourceRun Start(IEnumerable<(Slot Slot, byte[] Raw)>? journal = null)
    {
        var run = new SourceRun(_upstream, [.. journal ?? []], ShardPosition.Trim, consumer: "hotpath");
        _runs.Add(run);
        return run;
    }
}
