using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Tests.Readme;

/// <summary>
/// The code of src/HotPath.Delta/README.md, word for word between the marks, so that it compiles, and run so that it works.
/// <see cref="ReadmeTests"/> compares the two.
/// </summary>
internal static class ReadmeSnippets
{
    public static async Task<long> FirstTableAsync(string directory)
    {
        // <first>
        using var table = await DeltaTable.OpenOrCreateAsync(directory, new TableDefinition
        {
            Schema = TableSchema.Of(
                new Column("machine", ColumnType.String),
                new Column("value", ColumnType.Double),
                new Column("day", ColumnType.Date)),
            PartitionColumns = ["day"],
        });

        // Three rows. Text comes as bytes with offsets, or as codes into a dictionary: -1 is null.
        var machines = ColumnVector.Codes(new[] { 0, 1, -1 }, "m1m2"u8.ToArray(), new[] { 0, 2, 4 });
        var values = ColumnVector.Doubles(new[] { 20.5, 21.25, double.NaN });
        var day = PartitionValues.Of(("day", new DateOnly(2026, 11, 20)));
        await table.AppendAsync([new PartitionRows(day, [new ColumnBatch([machines, values], 3)])]);

        var rows = 0L;
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = ["machine", "value"] }))
        {
            rows += batch.RowCount; // batch.Vectors[1].DoubleValues, batch.Vectors[0].BytesAt(row), ...
        }
        // </first>
        return rows;
    }

    public static async Task ExactlyOnceAsync(DeltaTable table, long batchNumber, IEnumerable<PartitionRows> rows)
    {
        // <once>
        var options = new AppendOptions { Txns = [new Txn("my-app/shard-0", batchNumber)] };
        AppendResult result;
        do
        {
            try
            {
                result = await table.AppendAsync(rows, options);
            }
            catch (CommitUnknownException)
            {
                continue; // Object stores only. The same rows again: the table knows whether it has them.
            }

            break;
        }
        while (true);

        if (result.Outcome is AppendOutcome.Fenced or AppendOutcome.Conflict)
        {
            throw new InvalidOperationException(result.Reason);
        }
        // </once>
    }

    public static async Task<int> RangeAsync(DeltaTable table)
    {
        // <range>
        var november20 = ColumnValue.OfInteger(new DateOnly(2026, 11, 20).DayNumber - new DateOnly(1970, 1, 1).DayNumber);
        var options = new ReadOptions
        {
            Version = 1,
            Columns = ["value"],
            Ranges =
            [
                new ColumnRange("day", november20, november20),
                new ColumnRange("value", ColumnValue.OfReal(21), null),
            ],
        };
        // </range>
        var rows = 0;
        await foreach (var batch in table.ReadAsync(options))
        {
            rows += batch.RowCount;
        }

        return rows;
    }

    public static async Task UpkeepAsync(DeltaTable table)
    {
        // <upkeep>
        var merged = await table.OptimizeAsync(new OptimizeOptions { SortBy = ["machine"] });
        var deleted = await table.VacuumAsync(new VacuumOptions { DryRun = true });
        var version = await table.CheckpointAsync();
        var cleaned = await table.CleanupAsync();
        await table.SetPropertiesAsync(new Dictionary<string, string?> { ["delta.logRetentionDuration"] = "interval 7 days" });
        // </upkeep>
        Assert.Equal((0, 0, 0L), (merged.FilesRemoved, deleted.Paths.Count, (long)cleaned));
        Assert.True(version > 0);
    }

    public static async Task<DeltaTable> ObjectStoreAsync(string endpoint)
    {
        // <store>
        var options = new DeltaTableOptions
        {
            S3 = new S3StoreOptions
            {
                Endpoint = endpoint,             // null for AWS
                AccessKeyId = "key",             // null for the SDK's chain: environment, profile, container, instance
                SecretAccessKey = "secret",
                ServerSideEncryption = "AES256",
            },
        };
        var definition = new TableDefinition { Schema = TableSchema.Of(new Column("n", ColumnType.Long)) };
        var table = await DeltaTable.OpenOrCreateAsync("s3://bucket/tables/numbers", definition, options);
        // </store>
        return table;
    }

    public static byte[] Parquet()
    {
        // <parquet>
        Column[] columns = [new("time", ColumnType.Timestamp), new("value", ColumnType.Double)];
        using var file = new MemoryStream();
        using var writer = new ParquetWriter(file, columns, new ParquetWriterOptions { Compression = ParquetCompression.Snappy });
        writer.Write(new ColumnBatch([ColumnVector.Longs(new[] { 1L, 2 }), ColumnVector.Doubles(new[] { 0.5, 0.25 })], 2));
        ParquetFileSummary summary = writer.Close();

        var reader = ParquetReader.Open(file.ToArray());
        ColumnBatch read = reader.ReadBatch(rowGroup: 0, columns);
        // </parquet>
        Assert.Equal((2L, 2), (summary.Rows, read.RowCount));
        return file.ToArray();
    }
}
