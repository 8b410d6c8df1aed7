using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Table;

namespace HotPath.Delta.Tests.Storage;

public sealed class S3StoreTests : IDisposable
{
    private readonly S3StandIn _server = new();
    private readonly S3Store _store;

    public S3StoreTests() => _store = Connect();

    [Fact]
    public async Task What_is_there_is_never_replaced()
    {
        Assert.Equal(PutOutcome.Created, await _store.PutIfAbsentAsync("a/b", "one"u8.ToArray(), default));
        Assert.Equal(PutOutcome.Exists, await _store.PutIfAbsentAsync("a/b", "two"u8.ToArray(), default));

        Assert.Equal("one"u8.ToArray(), await _store.TryReadAsync("a/b", default));
        Assert.Null(await _store.TryReadAsync("absent", default));
    }

    [Fact]
    public async Task A_race_without_a_winner_is_run_again()
    {
        var conflicts = 3;
        _server.Fault = (method, _) => method == "PUT" && conflicts-- > 0 ? S3Fault.Conflict : S3Fault.None;

        Assert.Equal(PutOutcome.Created, await _store.PutIfAbsentAsync("a", new byte[1], default));
        Assert.Equal(4, _server.Requests.Count);
    }

    [Theory]
    [InlineData("LoseRequest")]
    [InlineData("LoseAnswer")]
    [InlineData("Unavailable")]
    [InlineData("UnavailableButDone")]
    public async Task Without_an_answer_the_outcome_is_unknown(string fault)
    {
        _server.Fault = (_, _) => Enum.Parse<S3Fault>(fault);

        Assert.Equal(PutOutcome.Unknown, await _store.PutIfAbsentAsync("a", new byte[1], default));
    }

    [Fact]
    public async Task The_SDK_does_not_send_a_commit_again_by_itself()
    {
        _server.Fault = (_, _) => S3Fault.UnavailableButDone;

        await _store.PutIfAbsentAsync("a", new byte[1], default);

        Assert.Single(_server.Requests);
    }

    /// <summary>
    /// Cause: below the SDK, .NET sends a request again when a connection breaks before the answer, PUT or not. Symptom: the
    /// store finds its own commit there and says that the version is taken.
    /// </summary>
    [Fact]
    public async Task A_commit_that_the_network_stack_sent_twice_is_known_as_ours()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        var isLost = false;
        _server.Fault = (method, key) =>
        {
            var isFirst = !isLost && method == "PUT" && key.EndsWith(".json", StringComparison.Ordinal);
            isLost |= isFirst;
            return isFirst ? S3Fault.LoseAnswer : S3Fault.None;
        };

        Assert.Equal((AppendOutcome.Committed, 1), await AppendAsync(table));
        Assert.Equal(1, (await table.RefreshAsync()).RowCount);

        static async Task<(AppendOutcome, long)> AppendAsync(DeltaTable table)
        {
            var result = await table.AppendAsync(SmallTable.Numbers(1));
            return (result.Outcome, result.Version);
        }
    }

    [Fact]
    public async Task A_listing_goes_over_pages_and_begins_where_it_is_told()
    {
        foreach (var name in (string[])["l/1", "l/2", "l/3", "l/4", "l/5", "l/sub/6", "other"])
        {
            await _store.PutAsync(name, new byte[2], default);
        }

        Assert.Equal(["l/1", "l/2", "l/3", "l/4", "l/5"], await NamesAsync("l", null, recursive: false));
        Assert.Equal(["l/5", "l/sub/6"], await NamesAsync("l", "l/4", recursive: true));
        Assert.Equal(7, (await NamesAsync("", null, recursive: true)).Count);
        Assert.Empty(await NamesAsync("absent", null, recursive: false));
    }

    [Fact]
    public async Task A_large_file_goes_up_in_parts_and_is_read_by_ranges()
    {
        var content = new byte[20 << 20];
        new Random(1).NextBytes(content);
        await using (var writer = await _store.CreateAsync("large", default))
        {
            writer.Stream.Write(content.AsSpan(0, 3));
            writer.Stream.Write(content.AsSpan(3));
            await writer.CompleteAsync(default);
        }

        using var reader = await _store.TryOpenAsync("large", default);
        var middle = new byte[1000];

        Assert.Equal(content.Length, reader!.Length);
        Assert.Equal(middle.Length, reader.Read((6 << 20) - 500, middle));
        Assert.True(content.AsSpan((6 << 20) - 500, middle.Length).SequenceEqual(middle));
        Assert.Equal(0, reader.Read(content.Length, middle));
        Assert.Equal(4, _server.Requests.Count(request => request == "PUT tables/t/large"));
        Assert.Equal(0, _server.OpenUploads);
    }

    [Fact]
    public async Task An_upload_that_is_not_completed_is_aborted()
    {
        await using (var writer = await _store.CreateAsync("large", default))
        {
            writer.Stream.Write(new byte[12 << 20]);
        }

        Assert.Empty(_server.Keys);
        Assert.Equal(0, _server.OpenUploads);
    }

    [Fact]
    public async Task A_table_lives_in_a_bucket_as_it_does_in_a_directory()
    {
        using (var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition))
        {
            for (var append = 1; append <= 11; append++)
            {
                await table.AppendAsync([SmallTable.Day(20, append)]);
            }

            await table.OptimizeAsync(new OptimizeOptions { SortBy = ["value"] });
        }

        using var again = await DeltaTable.OpenAsync(_store);

        Assert.Equal(12, again.Snapshot.Version);
        Assert.Equal(11, again.Snapshot.RowCount);
        Assert.Contains("tables/t/_delta_log/00000000000000000010.checkpoint.parquet", _server.Keys);
        Assert.Equal(11, (await TableRows.ReadAsync(again)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>Cause: answers of commits get lost in every way there is. Symptom to exclude: a commit twice, or none.</summary>
    [Fact]
    public async Task Every_append_is_in_the_table_once_whatever_becomes_of_requests_and_answers()
    {
        const int Writers = 3;
        const int Appends = 15;
        var seed = TestSeed.Next();
        (await DeltaTable.CreateAsync(_store, SmallTable.Flat)).Dispose();
        var random = new Random(seed);
        _server.Fault = (method, key) =>
        {
            lock (random)
            {
                return method == "PUT" && key.EndsWith(".json", StringComparison.Ordinal) && random.Next(2) == 0
                    ? (S3Fault)random.Next(1, 6)
                    : S3Fault.None;
            }
        };

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            using var store = Connect();
            using var table = await DeltaTable.OpenAsync(store);
            for (var append = 1; append <= Appends; append++)
            {
                var options = new AppendOptions { Txns = [new Txn($"writer-{writer}", append)] };
                var result = await table.AppendAsync(SmallTable.Numbers((writer * 1000) + append), options);
                Assert.Equal(AppendOutcome.Committed, result.Outcome);
            }
        })));

        _server.Fault = static (_, _) => S3Fault.None;
        using var end = await DeltaTable.OpenAsync(_store);
        var rows = (await TableRows.ReadAsync(end)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(rows.Length == Writers * Appends, $"{rows.Length} rows, seed {seed}");
        Assert.True(rows.Distinct().Count() == rows.Length, $"seed {seed}");
        Assert.Equal(Writers * Appends, end.Snapshot.Version);
    }

    [Fact]
    public async Task When_no_answer_ever_comes_the_files_stay_and_the_caller_is_told()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        _server.Fault = static (method, key) =>
            method == "PUT" && key.EndsWith(".json", StringComparison.Ordinal) ? S3Fault.LoseRequest : S3Fault.None;

        var fault = await Assert.ThrowsAsync<CommitUnknownException>(
            async () => await table.AppendAsync(SmallTable.Numbers(1), new AppendOptions { Txns = [new Txn("app", 1)] }));

        Assert.Equal(1, fault.Version);
        Assert.Single(_server.Keys, key => key.EndsWith(".parquet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_commit_that_arrives_late_is_known_as_done()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        _server.Fault = static (method, key) =>
            method == "PUT" && key.EndsWith(".json", StringComparison.Ordinal) ? S3Fault.UnavailableButDone : S3Fault.None;
        var options = new AppendOptions { Txns = [new Txn("app", 1)] };

        Assert.Equal(AppendOutcome.Committed, (await table.AppendAsync(SmallTable.Numbers(1), options)).Outcome);
        Assert.Equal(AppendOutcome.AlreadyCommitted, (await table.AppendAsync(SmallTable.Numbers(1), options)).Outcome);
        Assert.Equal(1, (await table.RefreshAsync()).RowCount);
    }

    public void Dispose()
    {
        _store.Dispose();
        _server.Dispose();
    }

    private S3Store Connect() => new("bucket", "tables/t", new S3StoreOptions
    {
        Endpoint = _server.Endpoint,
        AccessKeyId = "key",
        SecretAccessKey = "secret",
        PartBytes = 5 << 20,
    });

    private async Task<List<string>> NamesAsync(string directory, string? startAfter, bool recursive)
    {
        var names = new List<string>();
        await foreach (var file in _store.ListAsync(directory, startAfter, recursive, default))
        {
            names.Add(file.Path);
        }

        return names;
    }
}
