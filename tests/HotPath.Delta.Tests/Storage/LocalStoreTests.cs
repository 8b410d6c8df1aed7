using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Storage;

public sealed class LocalStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public LocalStoreTests() => _store = new LocalStore(_directory.Path);

    [Fact]
    public async Task What_is_there_is_never_replaced()
    {
        Assert.Equal(PutOutcome.Created, await _store.PutIfAbsentAsync("a/b/c.json", "one"u8.ToArray(), default));
        Assert.Equal(PutOutcome.Exists, await _store.PutIfAbsentAsync("a/b/c.json", "two"u8.ToArray(), default));

        Assert.Equal("one"u8.ToArray(), await _store.TryReadAsync("a/b/c.json", default));
        Assert.Equal(["a/b/c.json"], await NamesAsync("", recursive: true));
    }

    [Fact]
    public async Task Of_many_threads_exactly_one_creates_a_name()
    {
        const int Rounds = 200;
        const int Threads = 4;
        using var barrier = new Barrier(Threads);
        var winners = new int[Rounds];

        var threads = Enumerable.Range(0, Threads).Select(number => Task.Factory.StartNew(
            () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    barrier.SignalAndWait();
                    var outcome = _store.PutIfAbsentAsync($"{round}.json", new byte[] { (byte)number }, default);
                    if (outcome.Result == PutOutcome.Created)
                    {
                        Interlocked.Increment(ref winners[round]);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
        await Task.WhenAll(threads);

        Assert.All(winners, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task A_file_that_is_not_completed_leaves_nothing()
    {
        await using (var writer = await _store.CreateAsync("p=1/data.parquet", default))
        {
            writer.Stream.Write("half"u8);
        }

        Assert.Null(await _store.TryReadAsync("p=1/data.parquet", default));
    }

    [Fact]
    public async Task A_completed_file_can_be_read_anywhere()
    {
        await using (var writer = await _store.CreateAsync("p=1/data.parquet", default))
        {
            writer.Stream.Write("0123456789"u8);
            await writer.CompleteAsync(default);
        }

        using var reader = await _store.TryOpenAsync("p=1/data.parquet", default);
        var middle = new byte[3];

        Assert.Equal(10, reader!.Length);
        Assert.Equal(3, reader.Read(4, middle));
        Assert.Equal("456"u8.ToArray(), middle);
        Assert.Equal(0, reader.Read(10, middle));
    }

    [Fact]
    public async Task A_listing_is_sorted_and_may_begin_in_the_middle()
    {
        foreach (var name in (string[])["l/3", "l/1", "l/2", "l/sub/4"])
        {
            await _store.PutAsync(name, new byte[1], default);
        }

        Assert.Equal(["l/1", "l/2", "l/3"], await NamesAsync("l", recursive: false));
        Assert.Equal(["l/2", "l/3"], await NamesAsync("l", recursive: false, startAfter: "l/1"));
        Assert.Equal(["l/1", "l/2", "l/3", "l/sub/4"], await NamesAsync("", recursive: true));
        Assert.Empty(await NamesAsync("absent", recursive: false));
    }

    /// <summary>
    /// Cause: directories that were missing were made, also those of a table whose disk was no longer mounted. Symptom: commits
    /// went into the empty directory below, and were gone when the disk came back.
    /// </summary>
    [Fact]
    public async Task A_table_that_is_away_is_not_begun_again()
    {
        var (mounted, away) = (Path.Combine(_directory.Path, "mounted"), Path.Combine(_directory.Path, "away"));
        using var table = await DeltaTable.CreateAsync(Path.Combine(mounted, "t"), Table.SmallTable.Flat);
        await table.AppendAsync(Table.SmallTable.Numbers(1));
        Directory.Move(mounted, away);
        Directory.CreateDirectory(mounted);

        var fault = await Assert.ThrowsAsync<StoreException>(() => table.AppendAsync(Table.SmallTable.Numbers(2)));
        Assert.Contains("is gone", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(mounted));
        Directory.Delete(mounted);
        Directory.Move(away, mounted);
        await table.AppendAsync(Table.SmallTable.Numbers(2));

        Assert.Equal(2, table.Snapshot.Version);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/hostname")]
    public async Task A_path_out_of_the_table_is_refused(string path) =>
        await Assert.ThrowsAsync<StoreException>(async () => await _store.TryReadAsync(path, default));

    [Fact]
    public async Task Deleting_what_is_not_there_is_success()
    {
        await _store.DeleteAsync("absent", default);
        await _store.DeleteAsync("absent/file", default);

        Assert.Null(await _store.TryReadAsync("absent/file", default));
    }

    public void Dispose() => _directory.Dispose();

    private async Task<List<string>> NamesAsync(string directory, bool recursive, string? startAfter = null)
    {
        var names = new List<string>();
        await foreach (var file in _store.ListAsync(directory, startAfter, recursive, default))
        {
            names.Add(file.Path);
        }

        return names;
    }
}
