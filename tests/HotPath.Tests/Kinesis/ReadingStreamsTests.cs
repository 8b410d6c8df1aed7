using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Kinesis;
using HotPath.Tests.Outputs;

namespace HotPath.Tests.Kinesis;

/// <summary>GetShardIterator and GetRecords over a ledger of invented rows.</summary>
public sealed class ReadingStreamsTests : IDisposable
{
    private readonly LedgerUnderTest _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task A_transition_is_a_record_keyed_by_its_machine_and_a_downtime_one_of_its_own_stream()
    {
        _ledger.AddTransition(10, "filler-1", "STOPPED");
        _ledger.AddDowntime(10, "filler-1");
        await using var endpoint = await StartAsync();

        var transition = (await ReadAllAsync(endpoint, "transitions")).Single();
        var downtime = (await ReadAllAsync(endpoint, "downtimes")).Single();

        Assert.Equal("filler-1", transition.GetProperty("PartitionKey").GetString());
        Assert.Equal(
            """
            {"type":"transition","id":"11111111222233334444555555555555-10-0","lsn":10,"ruleId":"line","ruleVersion":3,"equipmentId":"filler-1","fromState":"ACTIVE","toState":"STOPPED","at":"2026-01-02T03:04:05.123456Z","since":"2026-01-02T03:04:04.123456Z","groupName":null,"cause":"reading","reason":"jam","evidence":{"case":1}}
            """.Trim(),
            DataOf(transition));
        Assert.Equal(
            """
            {"type":"downtime","id":"11111111222233334444555555555555-10-1","lsn":10,"downtimeId":"line@filler-1@1767323045123456","revision":1,"status":"open","category":"down","micro":null,"ruleId":"line","equipmentId":"filler-1","state":"STOPPED","reason":null,"at":"2026-01-02T03:04:05.123456Z","startTime":"2026-01-02T03:04:05.123456Z","endTime":null,"durationSeconds":null}
            """.Trim(),
            DataOf(downtime));
        Assert.Equal(1_767_323_045.123, transition.GetProperty("ApproximateArrivalTimestamp").GetDouble());
    }

    [Fact]
    public async Task Every_row_is_in_exactly_one_shard_and_in_the_order_of_the_ledger()
    {
        for (var lsn = 0; lsn < 400; lsn++)
        {
            _ledger.AddTransition(lsn / 3, $"machine-{lsn % 17}", lsn.ToString(CultureInfo.InvariantCulture));
        }

        await using var endpoint = await StartAsync();

        var seen = new List<int>();
        for (var shard = 0; shard < 4; shard++)
        {
            var ofShard = (await ReadAllAsync(endpoint, "transitions", shard, limit: 7)).Select(OrderOf).ToArray();
            Assert.Equal(ofShard.Order(), ofShard);
            seen.AddRange(ofShard);
        }

        Assert.Equal(Enumerable.Range(0, 400), seen.Order());
    }

    /// <summary>
    /// Cause: a cursor that found a bad row went on in the next file. Symptom: a consumer whose machines never stopped, at the
    /// tip, without an error.
    /// </summary>
    [Fact]
    public async Task Behind_damage_a_stream_is_refused_and_what_stands_before_is_read()
    {
        for (var row = 0; row < 5; row++)
        {
            _ledger.AddTransition(row, "m", row.ToString(CultureInfo.InvariantCulture));
        }

        var wholeBytes = _ledger.EndBytes;
        _ledger.AddTransition(5, "m", "5");
        _ledger.TurnBit(wholeBytes + 40);
        _ledger.Roll(6);
        _ledger.AddTransition(6, "m", "6");
        await using var endpoint = await StartAsync(shards: 1);
        var iterator = await IteratorAsync(endpoint, "transitions", 0, "TRIM_HORIZON");

        var whole = await ReadAsync(endpoint, iterator);
        var behind = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{whole.Next}}"}""");
        var again = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{whole.Next}}"}""");

        Assert.Equal(Enumerable.Range(0, 5), whole.Records.Select(OrderOf));
        Assert.Equal((500, "InternalFailure"), (behind.Status, behind.Type));
        Assert.Contains("damaged", behind.Message, StringComparison.Ordinal);
        Assert.Equal(500, again.Status);
    }

    [Fact]
    public async Task Reading_goes_on_at_and_after_any_number_that_was_given()
    {
        for (var row = 0; row < 12; row++)
        {
            _ledger.AddTransition(5 + (row / 4), "m", row.ToString(CultureInfo.InvariantCulture));
        }

        await using var endpoint = await StartAsync(shards: 1);
        var all = await ReadAllAsync(endpoint, "transitions");
        for (var row = 0; row < all.Count; row++)
        {
            var number = all[row].GetProperty("SequenceNumber").GetString();
            var at = await IteratorAsync(endpoint, "transitions", 0, "AT_SEQUENCE_NUMBER", $",\"StartingSequenceNumber\":\"{number}\"");
            var after = await IteratorAsync(endpoint, "transitions", 0, "AFTER_SEQUENCE_NUMBER", $",\"StartingSequenceNumber\":\"{number}\"");

            Assert.Equal(Enumerable.Range(row, 12 - row), (await ReadAsync(endpoint, at)).Records.Select(OrderOf));
            Assert.Equal(Enumerable.Range(row + 1, 11 - row), (await ReadAsync(endpoint, after)).Records.Select(OrderOf));
        }

        var numbers = all.Select(record => System.Numerics.BigInteger.Parse(
            record.GetProperty("SequenceNumber").GetString()!, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(12, numbers.Distinct().Count());
    }

    [Fact]
    public async Task At_the_tip_an_empty_answer_carries_the_iterator_of_what_comes()
    {
        _ledger.AddTransition(1, "m", "0");
        await using var endpoint = await StartAsync(shards: 1);
        var latest = await IteratorAsync(endpoint, "transitions", 0, "LATEST");

        var (empty, next, behind) = await ReadAsync(endpoint, latest);
        _ledger.AddTransition(2, "m", "1");
        var (then, _, _) = await ReadAsync(endpoint, next!);

        Assert.Empty(empty);
        Assert.Equal(0, behind);
        Assert.Equal([1], then.Select(OrderOf));
    }

    [Fact]
    public async Task At_a_timestamp_reading_begins_with_the_first_row_of_that_time()
    {
        for (var row = 0; row < 5; row++)
        {
            _ledger.AddTransition(row, "m", row.ToString(CultureInfo.InvariantCulture), atMicros: LedgerUnderTest.AtMicros - 5_000_000 + (row * 1_000_000));
        }

        await using var endpoint = await StartAsync(shards: 1);
        var iterator = await IteratorAsync(endpoint, "transitions", 0, "AT_TIMESTAMP", ",\"Timestamp\":1767323042.2");

        Assert.Equal([3, 4], (await ReadAsync(endpoint, iterator)).Records.Select(OrderOf));
    }

    [Fact]
    public async Task An_iterator_that_is_old_or_changed_or_of_nothing_is_refused_in_words()
    {
        await using var endpoint = await StartAsync();
        var iterator = await IteratorAsync(endpoint, "transitions", 0, "TRIM_HORIZON");
        var changed = iterator[..40] + (iterator[40] == 'A' ? 'B' : 'A') + iterator[41..];
        var of = $$"""{"ShardIterator":"{{iterator}}"}""";

        Assert.Equal("Invalid ShardIterator.", (await endpoint.CallAsync("GetRecords", """{"ShardIterator":"AAAAAAAAAAE"}""")).Message);
        Assert.Equal("Invalid ShardIterator.", (await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{changed}}"}""")).Message);
        endpoint.Clock.NowMicros += 300_000_000;
        Assert.Equal(200, (await endpoint.CallAsync("GetRecords", of)).Status);
        endpoint.Clock.NowMicros += 1_000;
        var expired = await endpoint.CallAsync("GetRecords", of);
        Assert.Equal("ExpiredIteratorException", expired.Type);
        Assert.Equal(
            "Iterator expired. The iterator was created at time Fri Jan 02 03:04:05 UTC 2026 while right now it is Fri Jan 02 " +
            "03:09:05 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.",
            expired.Message);
    }

    [Fact]
    public async Task A_stream_of_readings_is_not_kept_to_be_read_and_a_stream_of_the_ledger_takes_nothing()
    {
        await using var endpoint = await StartAsync();
        var iterator = await IteratorAsync(endpoint, "readings", 0, "TRIM_HORIZON");

        var read = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
        var put = await endpoint.CallAsync("PutRecord", """{"StreamName":"transitions","PartitionKey":"a","Data":"e30="}""");

        Assert.Equal("InvalidArgumentException", read.Type);
        Assert.Contains("are not kept", read.Message, StringComparison.Ordinal);
        Assert.Equal("AccessDeniedException", put.Type);
        Assert.Empty(endpoint.Ring.Records);
    }

    [Fact]
    public async Task After_a_split_the_parent_ends_where_its_children_begin()
    {
        for (var row = 0; row < 20; row++)
        {
            _ledger.AddTransition(row, $"m{row % 10}", row.ToString(CultureInfo.InvariantCulture));
        }

        await using var endpoint = await StartAsync(shards: 1);
        endpoint.LsnNext = 20;
        await endpoint.CallAsync(
            "SplitShard",
            """{"StreamName":"transitions","ShardToSplit":"shardId-0","NewStartingHashKey":"170141183460469231731687303715884105728"}""");
        var iterator = await IteratorAsync(endpoint, "transitions", 0, "TRIM_HORIZON");
        var part = await ReadAsync(endpoint, iterator, limit: 5);
        for (var row = 20; row < 40; row++)
        {
            _ledger.AddTransition(row, $"m{row % 10}", row.ToString(CultureInfo.InvariantCulture));
        }

        var end = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{part.Next}}"}""");
        var left = await ReadAllAsync(endpoint, "transitions", 1);
        var right = await ReadAllAsync(endpoint, "transitions", 2);

        Assert.Equal(
            Enumerable.Range(0, 20), part.Records.Concat(end.Json.GetProperty("Records").EnumerateArray()).Select(OrderOf));
        Assert.False(end.Json.TryGetProperty("NextShardIterator", out _));
        Assert.Equal(
            ["shardId-000000000001", "shardId-000000000002"],
            end.Json.GetProperty("ChildShards").EnumerateArray().Select(child => child.GetProperty("ShardId").GetString()));
        Assert.Equal(Enumerable.Range(20, 20), left.Concat(right).Select(OrderOf).Order());
        Assert.NotEmpty(left);
        Assert.NotEmpty(right);
    }

    [Fact]
    public async Task Streams_iterators_and_numbers_live_on_through_a_restart()
    {
        using var directory = new HotPath.TestKit.TemporaryDirectory();
        var options = Options(shards: 1) with { StatePath = directory.Combine("streams.json") };
        _ledger.AddTransition(1, "m", "0");
        _ledger.AddTransition(2, "m", "1");
        string iterator, number;
        await using (var first = await EndpointUnderTest.StartAsync(options, ledger: _ledger))
        {
            await first.CallAsync("CreateStream", """{"StreamName":"made","ShardCount":2}""");
            await first.CallAsync("MergeShards", """{"StreamName":"made","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-1"}""");
            await first.CallAsync("AddTagsToStream", """{"StreamName":"made","Tags":{"hall":"3"}}""");
            iterator = await IteratorAsync(first, "transitions", 0, "TRIM_HORIZON");
            number = (await ReadAllAsync(first, "transitions"))[0].GetProperty("SequenceNumber").GetString()!;
        }

        await using (var second = await EndpointUnderTest.StartAsync(options, ledger: _ledger))
        {
            second.Clock.NowMicros += 60_000_000;
            var shards = (await second.CallAsync("ListShards", """{"StreamName":"made"}""")).Json.GetProperty("Shards");
            var tags = (await second.CallAsync("ListTagsForStream", """{"StreamName":"made"}""")).Json.GetProperty("Tags");
            var after = await IteratorAsync(second, "transitions", 0, "AFTER_SEQUENCE_NUMBER", $",\"StartingSequenceNumber\":\"{number}\"");

            Assert.Equal(3, shards.GetArrayLength());
            Assert.True(shards[0].GetProperty("SequenceNumberRange").TryGetProperty("EndingSequenceNumber", out _));
            Assert.Equal("3", tags[0].GetProperty("Value").GetString());
            Assert.Equal([0, 1], (await ReadAsync(second, iterator)).Records.Select(OrderOf));
            Assert.Equal([1], (await ReadAsync(second, after)).Records.Select(OrderOf));

            await second.CallAsync("DeleteStream", """{"StreamName":"made"}""");
        }

        await using var third = await EndpointUnderTest.StartAsync(options, ledger: _ledger);
        Assert.Equal("ResourceNotFoundException", (await third.CallAsync("DescribeStream", """{"StreamName":"made"}""")).Type);
    }

    [Fact]
    public async Task Another_number_of_shards_in_the_configuration_opens_new_ones_and_closes_the_old()
    {
        using var directory = new HotPath.TestKit.TemporaryDirectory();
        var options = Options(shards: 1) with { StatePath = directory.Combine("streams.json") };
        _ledger.AddTransition(1, "m", "0");
        await using (await EndpointUnderTest.StartAsync(options, ledger: _ledger))
        {
        }

        await using var second = await EndpointUnderTest.StartAsync(
            Options(shards: 2) with { StatePath = options.StatePath }, ledger: _ledger, lsnNext: 2);
        _ledger.AddTransition(2, "m", "1");
        var shards = (await second.CallAsync("ListShards", """{"StreamName":"transitions"}""")).Json.GetProperty("Shards");

        Assert.Equal(3, shards.GetArrayLength());
        Assert.Equal([0], (await ReadAllAsync(second, "transitions", 0)).Select(OrderOf));
        Assert.Equal(
            [1], (await ReadAllAsync(second, "transitions", 1)).Concat(await ReadAllAsync(second, "transitions", 2)).Select(OrderOf));
    }

    internal static KinesisOptions Options(int shards) => new()
    {
        AllowAdministration = true,
        Streams =
        [
            new(),
            new() { Name = "transitions", Shards = shards, Role = StreamRole.Transitions },
            new() { Name = "downtimes", Shards = 1, Role = StreamRole.Downtimes },
        ],
    };

    private static int OrderOf(JsonElement record) =>
        int.Parse(JsonDocument.Parse(DataOf(record)).RootElement.GetProperty("toState").GetString()!, CultureInfo.InvariantCulture);

    private static string DataOf(JsonElement record) =>
        Encoding.UTF8.GetString(record.GetProperty("Data").GetBytesFromBase64());

    private static async Task<string> IteratorAsync(
        EndpointUnderTest endpoint, string stream, int shard, string type, string more = "")
    {
        var answer = await endpoint.CallAsync(
            "GetShardIterator",
            $$"""{"StreamName":"{{stream}}","ShardId":"shardId-{{shard}}","ShardIteratorType":"{{type}}"{{more}}}""");
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json.GetProperty("ShardIterator").GetString()!;
    }

    private static async Task<(IReadOnlyList<JsonElement> Records, string? Next, long Behind)> ReadAsync(
        EndpointUnderTest endpoint, string iterator, int limit = 10_000)
    {
        var answer = await endpoint.CallAsync("GetRecords", $$"""{"ShardIterator":"{{iterator}}","Limit":{{limit}}}""");
        Assert.True(answer.Status == 200, answer.Text);
        return (
            [.. answer.Json.GetProperty("Records").EnumerateArray()],
            answer.Json.TryGetProperty("NextShardIterator", out var next) ? next.GetString() : null,
            answer.Json.GetProperty("MillisBehindLatest").GetInt64());
    }

    private static async Task<IReadOnlyList<JsonElement>> ReadAllAsync(
        EndpointUnderTest endpoint, string stream, int shard = 0, int limit = 10_000)
    {
        var all = new List<JsonElement>();
        string? iterator = await IteratorAsync(endpoint, stream, shard, "TRIM_HORIZON");
        while (iterator is not null)
        {
            var (records, next, behind) = await ReadAsync(endpoint, iterator, limit);
            all.AddRange(records);
            iterator = records.Count == 0 && behind == 0 ? null : next;
        }

        return all;
    }

    private Task<EndpointUnderTest> StartAsync(int shards = 4) =>
        EndpointUnderTest.StartAsync(Options(shards), ledger: _ledger);
}
