using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Campaigns;
using HotPath.Delta.Tests.Parquet;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Table;

/// <summary>
/// Whole tables, written here and read by chdb (the Delta kernel), DuckDB and hyparquet: every row of every column is the same
/// in all of them, bit by bit.
/// </summary>
public sealed class InteropMatrixTests(ITestOutputHelper output) : IDisposable
{
    private const string Engines = "chdb,duckdb,hyparquet";

    private readonly TemporaryDirectory _directory = new();

    [OtherReadersTheory]
    [InlineData(SampleStyle.Constant, 1, ParquetCompression.Zstd)]
    [InlineData(SampleStyle.Few, 1_000, ParquetCompression.Snappy)]
    [InlineData(SampleStyle.Rising, 20_000, ParquetCompression.Zstd)]
    [InlineData(SampleStyle.Wild, 5_000, ParquetCompression.Uncompressed)]
    public async Task All_types_with_nulls(SampleStyle style, int rows, ParquetCompression compression)
    {
        var sample = new SampleTable(Seeded.Random(output), rows, style);
        var options = new DeltaTableOptions { Parquet = new ParquetWriterOptions { Compression = compression } };
        using var table = await DeltaTable.CreateAsync(
            _directory.Path, new TableDefinition { Schema = TableSchema.Of(sample.Columns) }, options);
        await table.AppendAsync(sample.Batch);
        await table.AppendAsync(sample.Batch);

        await ShouldReadEqualAsync(table, keepsRows: rows <= 1_000);
    }

    [OtherReadersFact]
    public async Task Values_at_the_ends_of_what_their_types_hold()
    {
        long[] times =
        [
            0, -1, 1, Micros(1, 1, 1), Micros(1582, 10, 4), Micros(1899, 12, 31), Micros(2299, 12, 31), Micros(9999, 12, 31) + 86_399_999_999,
        ];
        double[] reals =
        [
            double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 0.0, double.Epsilon, double.MaxValue, double.MinValue,
        ];
        long[] longs = [long.MinValue, long.MaxValue, 0, -1, 1, int.MaxValue + 1L, 1L << 53, (1L << 53) + 1];
        var rows = times.Length;
        using var table = await DeltaTable.CreateAsync(_directory.Path, new TableDefinition
        {
            Schema = TableSchema.Of(
                new Column("at", ColumnType.Timestamp), new Column("wall", ColumnType.TimestampNtz),
                new Column("real", ColumnType.Double), new Column("small", ColumnType.Float), new Column("n", ColumnType.Long),
                new Column("text", ColumnType.String), new Column("raw", ColumnType.Binary), new Column("none", ColumnType.String),
                new Column("wide", ColumnType.Decimal(38, 0))),
        });
        await table.AppendAsync(new ColumnBatch(
            [
                ColumnVector.Longs(times), ColumnVector.Longs(times), ColumnVector.Doubles(reals),
                ColumnVector.Floats(reals.Select(static value => (float)value).ToArray()), ColumnVector.Longs(longs),
                SmallTable.Strings("", "\0", "\n\"\\", "ü", "\U0010FFFF", new string('z', 10_000), " ", "NULL"),
                ColumnVector.Bytes(new byte[] { 0, 255, 10, 13 }, new[] { 0, 0, 1, 2, 3, 4, 4, 4, 4 }),
                ColumnVector.Codes(Enumerable.Repeat(-1, rows).ToArray(), Array.Empty<byte>(), new[] { 0 }),
                ColumnVector.Decimals(longs.Select(static value => (Int128)value * long.MaxValue).ToArray()),
            ],
            rows));

        await ShouldReadEqualAsync(table, keepsRows: true);
    }

    [OtherReadersFact]
    public async Task Partitions_of_every_character_and_of_every_type()
    {
        using var table = await DeltaTable.CreateAsync(_directory.Path, new TableDefinition
        {
            Schema = TableSchema.Of(
                new Column("n", ColumnType.Long), new Column("text", ColumnType.String), new Column("day", ColumnType.Date),
                new Column("at", ColumnType.Timestamp), new Column("flag", ColumnType.Boolean), new Column("level", ColumnType.Integer),
                new Column("real", ColumnType.Double), new Column("exact", ColumnType.Decimal(10, 3))),
            PartitionColumns = ["text", "day", "at", "flag", "level", "real", "exact"],
        });
        var texts = Enumerable.Range(1, 127).Select(static code => $"a{(char)code}b")
            .Concat(["", " ", "ü", "停止", "\U0001F527", "%20", "+", "..", "a/../b", "x=y", "__HIVE_DEFAULT_PARTITION__x", "NULL", new string('x', 60)]);
        var partitions = texts.Select((text, n) => new PartitionRows(
            PartitionValues.Of(
                ("text", text),
                ("day", n % 5 == 0 ? null : new DateOnly(1970 + n, 1, 1)),
                ("at", n % 7 == 0 ? null : new DateTimeOffset(2026, 11, 20, 1, 2, 3, TimeSpan.Zero).AddMicroseconds(n)),
                ("flag", n % 3 == 0 ? null : n % 3 == 1),
                ("level", n - 50),
                ("real", n % 4 == 0 ? null : n / 8.0),
                ("exact", n / 8m)),
            [SmallTable.Numbers(n, n + 1000)]));
        await table.AppendAsync(partitions);

        await ShouldReadEqualAsync(table, keepsRows: true);
        await table.CheckpointAsync();
        DeleteCommits(table.Snapshot.Version);
        await ShouldReadEqualAsync(table, keepsRows: true);
    }

    /// <summary>
    /// Columns come, files are merged, sorted, vacuumed, checkpoints written ten times and more, the log cleaned; in the end
    /// every commit that a checkpoint stands for is gone.
    /// </summary>
    [OtherReadersTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_table_with_a_life_behind_it(bool hasStatsAsStruct)
    {
        var properties = new Dictionary<string, string>
        {
            ["delta.checkpointInterval"] = "2",
            ["delta.logRetentionDuration"] = "interval 1 day",
            ["delta.deletedFileRetentionDuration"] = "interval 0 days",
        };
        if (hasStatsAsStruct)
        {
            properties["delta.checkpoint.writeStatsAsStruct"] = "true";
        }

        using var table = await DeltaTable.CreateAsync(_directory.Path, SmallTable.Definition with { Configuration = properties });
        await AppendDaysAsync(table, 1, 12);
        var column = new Column("added", ColumnType.Decimal(12, 3));
        var evolved = new AppendOptions
        {
            AddsColumns = true,
            Columns = [.. table.Snapshot.Schema.Fields.Take(3).Select(static field => new Column(field.Name, field.Type!.Value, field.Nullable)), column],
        };
        await table.AppendAsync([new PartitionRows(PartitionValues.Of(("day", new DateOnly(2026, 11, 25))), [Evolved()])], evolved);
        await ShouldReadEqualAsync(table, keepsRows: true);

        await table.OptimizeAsync(new OptimizeOptions { SortBy = ["machine", "value"] });
        await AppendDaysAsync(table, 13, 24);
        Assert.True((await table.VacuumAsync()).Paths.Count > 0);
        await ShouldReadEqualAsync(table, keepsRows: true);

        AgeLog(upTo: table.Snapshot.Version - 4);
        Assert.True(await table.CleanupAsync() > 10);
        await ShouldReadEqualAsync(table, keepsRows: true);

        await table.CheckpointAsync();
        DeleteCommits(table.Snapshot.Version);
        await ShouldReadEqualAsync(table, keepsRows: true);
        Assert.Equal(26, table.Snapshot.RowCount);
    }

    [OtherReadersFact]
    [Trait(Campaign.Trait, Campaign.Name)]
    public async Task Many_rows()
    {
        var rows = Campaign.Count(200_000, 5_000_000);
        const int BatchRows = 100_000;
        var random = Seeded.Random(output);
        using var table = await DeltaTable.CreateAsync(_directory.Path, new TableDefinition
        {
            Schema = TableSchema.Of(
                new Column("n", ColumnType.Long), new Column("at", ColumnType.Timestamp), new Column("value", ColumnType.Double),
                new Column("machine", ColumnType.String), new Column("id", ColumnType.String)),
        });
        byte[] names = [.. Enumerable.Range(0, 50).SelectMany(static i => Encoding.UTF8.GetBytes($"machine-{i:D2}"))];
        var nameOffsets = Enumerable.Range(0, 51).Select(static i => i * 10).ToArray();
        for (var half = 0; half < 2; half++)
        {
            var first = half * rows / 2;
            await table.AppendAsync([new PartitionRows(PartitionValues.None, Enumerable.Range(0, rows / 2 / BatchRows).Select(batch => new ColumnBatch(
                [
                    ColumnVector.Longs(Enumerable.Range(0, BatchRows).Select(row => (long)first + (batch * BatchRows) + row).ToArray()),
                    ColumnVector.Longs(Enumerable.Range(0, BatchRows).Select(row => 1_790_000_000_000_000L + random.Next()).ToArray()),
                    ColumnVector.Doubles(Enumerable.Range(0, BatchRows).Select(_ => Math.Round(random.NextDouble() * 100, 2)).ToArray()),
                    ColumnVector.Codes(Enumerable.Range(0, BatchRows).Select(_ => random.Next(-1, 50)).ToArray(), names, nameOffsets),
                    Ids(random, BatchRows),
                ],
                BatchRows)))]);
        }

        await ShouldReadEqualAsync(table, keepsRows: false, "--by", string.Create(CultureInfo.InvariantCulture, $"n:{(rows / 200_000) + 1}"));
    }

    public void Dispose() => _directory.Dispose();

    private static ColumnVector Ids(Random random, int rows)
    {
        var data = new byte[rows * 12];
        for (var at = 0; at < data.Length; at++)
        {
            data[at] = (byte)('a' + random.Next(26));
        }

        return ColumnVector.Bytes(data, Enumerable.Range(0, rows + 1).Select(static row => row * 12).ToArray());
    }

    private static ColumnBatch Evolved() => new(
        [
            SmallTable.Strings("m", "m"), ColumnVector.Doubles(new[] { 1, -0.0 }), ColumnVector.Longs(new[] { 1L, 2 }),
            ColumnVector.Decimals(new Int128[] { -1, 999_999_999_999 }),
        ],
        2);

    private static async Task AppendDaysAsync(DeltaTable table, int first, int last)
    {
        // Columns that came later are left out: these rows hold null there.
        Column[] columns = [.. table.Snapshot.Schema.Fields.Take(3).Select(static field => new Column(field.Name, field.Type!.Value, field.Nullable))];
        for (var day = first; day <= last; day++)
        {
            await table.AppendAsync(
                [SmallTable.Day(1 + (day % 3), day)], new AppendOptions { Columns = columns, Txns = [new Txn("app", day)] });
        }
    }

    private static long Micros(int year, int month, int day) =>
        DeltaTime.MicrosOf(new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero));

    private void AgeLog(long upTo)
    {
        for (var version = 0L; version <= upTo; version++)
        {
            File.SetLastWriteTimeUtc(Path.Combine(_directory.Path, LogNames.Commit(version)), DateTime.UtcNow.AddDays(-5).AddSeconds(version));
        }
    }

    private void DeleteCommits(long upTo)
    {
        for (var version = 0L; version <= upTo; version++)
        {
            File.Delete(Path.Combine(_directory.Path, LogNames.Commit(version)));
            File.Delete(Path.Combine(_directory.Path, LogNames.Checksum(version)));
        }
    }

    private async Task ShouldReadEqualAsync(DeltaTable table, bool keepsRows, params string[] options)
    {
        using var again = await DeltaTable.OpenAsync(new LocalStore(_directory.Path));
        var ours = await CanonicalRows.ReadAsync(again, keepsRows);
        using var process = WorkerProcess.StartNode(
            "digest-delta.mjs", [Engines, table.Location, .. options, .. keepsRows ? (string[])["--rows"] : []]);
        var lines = (await process.OutputAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var engine in Engines.Split(','))
        {
            if (keepsRows)
            {
                var theirs = lines.Where(line => line.StartsWith(engine + "\t", StringComparison.Ordinal)).Select(line => line[(engine.Length + 1)..]);
                Assert.Equal([$"rows of {engine}", .. ours.Rows.Order(StringComparer.Ordinal)], [$"rows of {engine}", .. theirs.Order(StringComparer.Ordinal)]);
            }

            Assert.Contains($"{engine} {ours.Digest}", lines);
        }

        output.WriteLine($"{ours.Digest}: equal in {Engines}; version {again.Snapshot.Version}, {again.Snapshot.Files.Count} files");
    }
}
