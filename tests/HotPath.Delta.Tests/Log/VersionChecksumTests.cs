using System.Text.Json;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Table;

namespace HotPath.Delta.Tests.Log;

public sealed class VersionChecksumTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalStore _store;

    public VersionChecksumTests() => _store = new LocalStore(_directory.Path);

    [Fact]
    public async Task Beside_every_commit_stands_what_the_table_consists_of()
    {
        using (var table = await DeltaTable.CreateAsync(_store, SmallTable.Definition))
        {
            await table.AppendAsync([SmallTable.Day(20, 1), SmallTable.Day(21, 2)], new AppendOptions { Txns = [new Txn("app", 7)] });
            await table.AppendAsync([SmallTable.Day(20, 3)], new AppendOptions { Txns = [new Txn("app", 8)] });
            await table.OptimizeAsync();
        }

        using var again = await DeltaTable.OpenAsync(_store);
        for (var version = 0L; version <= again.Snapshot.Version; version++)
        {
            var snapshot = await again.SnapshotAtAsync(version);
            using var checksum = JsonDocument.Parse((await _store.TryReadAsync(LogNames.Checksum(version), default))!);
            var root = checksum.RootElement;

            Assert.Equal(snapshot.Bytes, root.GetProperty("tableSizeBytes").GetInt64());
            Assert.Equal(snapshot.Files.Count, root.GetProperty("numFiles").GetInt32());
            Assert.Equal((1, 1), (root.GetProperty("numMetadata").GetInt32(), root.GetProperty("numProtocol").GetInt32()));
            Assert.Equal(snapshot.State.LastCommitInfo!.TxnId, root.GetProperty("txnId").GetString());
            Assert.Equal(snapshot.Metadata.Id, root.GetProperty("metadata").GetProperty("id").GetString());
            Assert.Equal(snapshot.Metadata.SchemaString, root.GetProperty("metadata").GetProperty("schemaString").GetString());
            Assert.Equal(2, root.GetProperty("protocol").GetProperty("minWriterVersion").GetInt32());
            Assert.Equal(
                snapshot.Txns.Values.Select(static txn => (txn.AppId, txn.Version)),
                root.GetProperty("setTransactions").EnumerateArray()
                    .Select(static txn => (txn.GetProperty("appId").GetString()!, txn.GetProperty("version").GetInt64())));
            Assert.False(root.TryGetProperty("inCommitTimestampOpt", out _));
        }

        Assert.Equal(3, again.Snapshot.Version);
    }

    [Fact]
    public async Task A_table_with_in_commit_timestamps_has_them_there_too()
    {
        using var table = await DeltaTable.CreateAsync(
            _store,
            SmallTable.Flat with { Configuration = new Dictionary<string, string> { ["delta.enableInCommitTimestamps"] = "true" } });
        await table.AppendAsync(SmallTable.Numbers(1));

        using var checksum = JsonDocument.Parse((await _store.TryReadAsync(LogNames.Checksum(1), default))!);

        Assert.Equal(
            table.Snapshot.State.LastCommitInfo!.InCommitTimestampMillis,
            checksum.RootElement.GetProperty("inCommitTimestampOpt").GetInt64());
    }

    [Fact]
    public async Task What_may_be_uncertain_is_not_written_and_the_commit_stands()
    {
        using var table = await DeltaTable.CreateAsync(_store, SmallTable.Flat, new DeltaTableOptions { WritesChecksums = false });
        await table.AppendAsync(SmallTable.Numbers(1));

        Assert.Null(await _store.TryReadAsync(LogNames.Checksum(1), default));
        var withVectors = table.Snapshot.State with { Protocol = new Protocol(3, 7, ["deletionVectors"], ["deletionVectors"]) };
        Assert.False(VersionChecksum.IsCertain(withVectors));
    }

    public void Dispose() => _directory.Dispose();
}
