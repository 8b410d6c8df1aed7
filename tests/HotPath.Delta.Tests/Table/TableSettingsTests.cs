using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Table;

public sealed class TableSettingsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public TableSettingsTests() => _store = new LocalStore(_directory.Path);

    [Fact]
    public async Task Properties_are_set_and_taken_away_and_nothing_else_changes()
    {
        using var table = await DeltaTable.CreateAsync(
            _store, SmallTable.Flat with { Name = "named", Configuration = new Dictionary<string, string> { ["own.key"] = "x" } });
        await table.AppendAsync(SmallTable.Numbers(1));

        Assert.Equal(2, await table.SetPropertiesAsync(new Dictionary<string, string?> { ["delta.checkpointInterval"] = "3" }));
        Assert.Equal(2, await table.SetPropertiesAsync(new Dictionary<string, string?> { ["delta.checkpointInterval"] = "3" }));
        Assert.Equal(3, await table.SetPropertiesAsync(new Dictionary<string, string?> { ["own.key"] = null }));

        using var again = await DeltaTable.OpenAsync(_store);
        Assert.Equal("named", again.Snapshot.Metadata.Name);
        Assert.Equal([new("delta.checkpointInterval", "3")], again.Snapshot.Metadata.Configuration);
        Assert.Equal(1, again.Snapshot.RowCount);
    }

    [Fact]
    public async Task Settings_of_two_writers_both_stand()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);
        using var other = await DeltaTable.OpenAsync(_store);
        var loser = new RacingStore(_store);
        using var racing = await DeltaTable.OpenAsync(loser);
        loser.BeforeNextCommit = () => other.SetPropertiesAsync(new Dictionary<string, string?> { ["b"] = "2" });

        await racing.SetPropertiesAsync(new Dictionary<string, string?> { ["a"] = "1" });

        Assert.Equal(
            [new("a", "1"), new("b", "2")], (await table.RefreshAsync()).Metadata.Configuration.OrderBy(pair => pair.Key));
    }

    [Theory]
    [InlineData("delta.enableRowTracking")]
    [InlineData("delta.feature.clustering")]
    [InlineData("delta.constraints.positive")]
    public async Task What_changes_the_protocol_is_refused(string key)
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat);

        await Assert.ThrowsAsync<DeltaException>(
            async () => await table.SetPropertiesAsync(new Dictionary<string, string?> { [key] = "true" }));
    }

    /// <summary>
    /// Cause: a caller that stops waiting in the middle of a commit cannot know whether it stands. Symptom to exclude: its
    /// data files deleted while the log names them.
    /// </summary>
    [Fact]
    public async Task A_commit_that_was_sent_is_not_given_up()
    {
        (await DeltaTable.CreateAsync(_store, SmallTable.Flat)).Dispose();
        using var stop = new CancellationTokenSource();
        var store = new RacingStore(_store);
        using var table = await DeltaTable.OpenAsync(store);
        store.BeforeNextCommit = stop.CancelAsync;

        var result = await table.AppendAsync(SmallTable.Numbers(1), null, stop.Token);

        Assert.Equal(AppendOutcome.Committed, result.Outcome);
        using var again = await DeltaTable.OpenAsync(_store);
        Assert.Equal("{\"n\":1}\n", await TableRows.ReadAsync(again));
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>A store in which something happens between a writer's reading and its commit.</summary>
    private sealed class RacingStore(ITableStore inner) : ITableStore
    {
        public Func<Task>? BeforeNextCommit { get; set; }

        public string Location => inner.Location;

        public ValueTask<byte[]?> TryReadAsync(string path, CancellationToken cancellation) => inner.TryReadAsync(path, cancellation);

        public ValueTask<StoreReader?> TryOpenAsync(string path, CancellationToken cancellation) => inner.TryOpenAsync(path, cancellation);

        public IAsyncEnumerable<StoredFile> ListAsync(string directory, string? startAfter, bool recursive, CancellationToken cancellation) =>
            inner.ListAsync(directory, startAfter, recursive, cancellation);

        public async ValueTask<PutOutcome> PutIfAbsentAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
        {
            if (BeforeNextCommit is { } act && path.EndsWith(".json", StringComparison.Ordinal))
            {
                BeforeNextCommit = null;
                await act();
            }

            cancellation.ThrowIfCancellationRequested();
            return await inner.PutIfAbsentAsync(path, content, cancellation);
        }

        public ValueTask PutAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
            inner.PutAsync(path, content, cancellation);

        public ValueTask<StoreWriter> CreateAsync(string path, CancellationToken cancellation) => inner.CreateAsync(path, cancellation);

        public ValueTask<StoreWriter> ReplaceAsync(string path, CancellationToken cancellation) => inner.ReplaceAsync(path, cancellation);

        public ValueTask DeleteAsync(string path, CancellationToken cancellation) => inner.DeleteAsync(path, cancellation);
    }
}
