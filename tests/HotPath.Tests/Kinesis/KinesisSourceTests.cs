using System.Globalization;
using System.IO.Compression;
using System.Text;
using HotPath.Engine.Ring;
using HotPath.Kinesis.Consume;

namespace HotPath.Tests.Kinesis;

/// <summary>The consumer against a scripted service, into a real ring that the test reads as a journal would.</summary>
public sealed class KinesisSourceTests : IDisposable
{
    private readonly ScriptedUpstream _upstream = new();
    private readonly List<SourceRun> _runs = [];

    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Dispose();
        }

        _upstream.Dispose();
    }

    [Fact]
    public async Task Every_record_is_taken_once_and_in_the_order_of_its_shard()
    {
        var first = _upstream.AddShard();
        var second = _upstream.AddShard();
        _upstream.Put(first, [.. Enumerable.Range(0, 10).Select(Reading)]);
        _upstream.Put(second, [.. Enumerable.Range(100, 10).Select(Reading)]);
        var run = Start();

        await run.TakenAsync(20);

        Assert.Equal(Enumerable.Range(0, 10), run.Values.Where(value => value < 100));
        Assert.Equal(Enumerable.Range(100, 10), run.Values.Where(value => value >= 100));
        Assert.Equal(0, _upstream.Unsigned);
    }

    [Fact]
    public async Task A_child_is_read_only_after_all_its_parents_and_a_shard_of_a_second_page_too()
    {
        var left = _upstream.AddShard();
        var right = _upstream.AddShard();
        _upstream.Put(left, [.. Enumerable.Range(0, 20).Select(Reading)]);
        _upstream.Put(right, [.. Enumerable.Range(20, 20).Select(Reading)]);
        var merged = _upstream.AddShard(left, right);
        _upstream.Put(merged, [.. Enumerable.Range(40, 5).Select(Reading)]);
        var split = _upstream.AddShard(merged);
        _upstream.Put(split, [.. Enumerable.Range(45, 5).Select(Reading)]);
        var run = Start();

        await run.TakenAsync(50);

        Assert.Equal(Enumerable.Range(0, 40), run.Values.Take(40).Order());
        Assert.Equal(Enumerable.Range(40, 10), run.Values.Skip(40));
    }

    [Fact]
    public async Task A_split_while_reading_loses_nothing()
    {
        var parent = _upstream.AddShard();
        _upstream.Put(parent, [.. Enumerable.Range(0, 4).Select(Reading)]);
        var run = Start();
        await run.TakenAsync(4);

        _upstream.Put(parent, Reading(4));
        var child = _upstream.AddShard(parent);
        _upstream.Put(child, Reading(5), Reading(6));
        await run.TakenAsync(7);

        Assert.Equal(Enumerable.Range(0, 7), run.Values);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Wherever_the_journal_ends_a_restart_takes_exactly_the_rest(int recordsPerPage)
    {
        var shard = _upstream.AddShard();
        _upstream.RecordsPerPage = recordsPerPage;
        // Records of several readings each, and one that cannot be read: blocks end within records.
        _upstream.Put(shard, [.. Enumerable.Range(0, 9).Select(record => record == 4
            ? "no reading\0"u8.ToArray()
            : Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(record * 4, 4).Select(Reading))))]);
        var whole = Start();
        await whole.SlotsAsync(8 * 4 + 1);
        await whole.StopAsync();
        var expected = whole.Values.ToArray();

        for (var kept = 0; kept <= whole.Slots.Count; kept++)
        {
            // Twice: what the second run has of the rest is cut as well.
            var second = Start(whole.Slots.Take(kept));
            await second.SlotsAsync(33);
            await second.StopAsync();
            Assert.Equal(expected, second.Values);

            var third = Start(second.Slots.Take((kept + second.Slots.Count) / 2));
            await third.SlotsAsync(33);
            await third.StopAsync();
            Assert.Equal(expected, third.Values);
        }
    }

    [Fact]
    public async Task A_position_that_is_no_longer_kept_counts_as_a_gap_and_reading_goes_on_with_the_oldest()
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 4).Select(Reading)]);
        var before = Start();
        await before.TakenAsync(4);
        await before.StopAsync();

        _upstream.Put(shard, [.. Enumerable.Range(4, 4).Select(Reading)]);
        _upstream.Trim(shard, 6);
        var after = Start(before.Slots);
        await after.TakenAsync(2 + 4);

        Assert.Equal([0, 1, 2, 3, 6, 7], after.Values);
        Assert.Equal(1, after.Settings.Counters.Gaps);
    }

    [Fact]
    public async Task Throttling_faults_and_expired_iterators_are_counted_and_lose_nothing()
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, [.. Enumerable.Range(0, 6).Select(Reading)]);
        _upstream.FailNextRead("ProvisionedThroughputExceededException");
        _upstream.FailNextRead("InternalFailure");
        var run = Start();
        await run.TakenAsync(6);

        _upstream.ExpireIterators();
        _upstream.Put(shard, [.. Enumerable.Range(6, 6).Select(Reading)]);
        await run.TakenAsync(12);

        Assert.Equal(Enumerable.Range(0, 12), run.Values);
        Assert.Equal((1, 1, 1), (run.Settings.Counters.Throttles, run.Settings.Counters.Faults, run.Settings.Counters.ExpiredIterators));
        Assert.Null(run.Settings.Problem);
    }

    [Fact]
    public async Task From_now_on_is_from_the_first_start_on()
    {
        var shard = _upstream.AddShard();
        _upstream.Put(shard, Reading(0));
        var first = Start(from: null);
        await first.SlotsAsync(0, checkpoints: 2);

        // "Now" is when the service gives the iterator: what comes before it belongs to the past.
        await first.UntilAsync(() => _upstream.CallsOf("GetShardIterator") > 0);
        _upstream.Put(shard, Reading(1));
        await first.TakenAsync(1);
        await first.StopAsync();

        _upstream.Put(shard, Reading(2));
        var second = Start(first.Slots, from: null);
        await second.TakenAsync(2);

        Assert.Equal([1, 2], second.Values);
    }

    [Fact]
    public async Task Gzip_and_aggregates_are_opened_and_an_aggregate_of_another_shard_is_passed_over()
    {
        var shard = _upstream.AddShard();
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Reading(1)));
        }

        _upstream.Put(shard, packed.ToArray(), KplBuilder.Aggregate(("a", null, Reading(2)), ("b", "7", Reading(3))));
        var run = Start();
        await run.TakenAsync(3);

        Assert.Equal([1, 2, 3], run.Values);
        var low = new HotPath.Kinesis.Streams.HashKeyRange(0, 10);
        Assert.True(KplKeys.AreWithin(KplBuilder.Aggregate(("x", "7", "{}"), ("x", "0", "{}")), low));
        Assert.False(KplKeys.AreWithin(KplBuilder.Aggregate(("x", "7", "{}"), ("x", "11", "{}")), low));
        // MD5("x") is far above: the explicit key of one record must not stand in for another's that has none.
        Assert.False(KplKeys.AreWithin(KplBuilder.Aggregate(("x", "7", "{}"), ("x", null, "{}")), low));
        Assert.True(KplKeys.AreWithin("plain"u8, low));
    }

    private static string Reading(int value) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"equipmentId":"filler-1","timestamp":{{1_700_000_000_000 + value}},"tag":"count","value":{{value}}}""");

    private SourceRun Start(IEnumerable<(Slot Slot, byte[] Raw)>? journal = null) => Start(journal, ShardPosition.Trim);

    private SourceRun Start(ShardPosition? from) => Start(null, from);

    private SourceRun Start(IEnumerable<(Slot Slot, byte[] Raw)>? journal, ShardPosition? from)
    {
        var run = new SourceRun(_upstream, [.. journal ?? []], from);
        _runs.Add(run);
        return run;
    }
}
