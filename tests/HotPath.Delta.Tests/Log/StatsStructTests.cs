using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Parquet;
using HotPath.Delta.Tests.Table;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Log;

/// <summary>Statistics as columns of checkpoints: written where a table wants them, and read where there are no others.</summary>
public sealed class StatsStructTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Statistics_of_all_types_come_back_from_the_columns_of_a_checkpoint(bool alsoAsJson)
    {
        var store = new LocalStore(_directory.Path);
        var rows = new SampleTable(Seeded.Random(output), rows: 100, SampleStyle.Wild);
        using var table = await DeltaTable.CreateAsync(store, new TableDefinition
        {
            Schema = TableSchema.Of([.. rows.Columns, new Column("part", ColumnType.Date)]),
            PartitionColumns = ["part"],
            Configuration = new Dictionary<string, string>
            {
                ["delta.checkpoint.writeStatsAsStruct"] = "true",
                ["delta.checkpoint.writeStatsAsJson"] = alsoAsJson ? "true" : "false",
            },
        });
        foreach (var part in (object?[])[new DateOnly(2026, 11, 20), null])
        {
            await table.AppendAsync([new PartitionRows(PartitionValues.Of(("part", part)), [rows.Batch])]);
        }

        await table.CheckpointAsync();
        var before = table.Snapshot.Files.Select(static file => file.Stats!).ToList();
        using var read = await DeltaTable.OpenAsync(store);
        var after = read.Snapshot.Files.Select(static file => file.Stats!).ToList();

        Assert.Equal(before.Count, after.Count);
        Assert.Equal(before.Select(Meaning), after.Select(Meaning));
        var file = ParquetReader.Open(await File.ReadAllBytesAsync(Path.Combine(_directory.Path, LogNames.Checkpoint(2))));
        Assert.NotNull(file.Schema.FindLeaf("add", "stats_parsed", "numRecords"));
        Assert.NotNull(file.Schema.FindLeaf("add", "partitionValues_parsed", "part"));
        Assert.Null(file.Schema.FindLeaf("add", "stats_parsed", "minValues", "part"));
    }

    /// <summary>Tables whose checkpoints hold statistics as columns only: what they say of rows is what another reader found.</summary>
    [SharedTablesFact]
    public async Task Checkpoints_of_others_without_json_statistics_give_bounds()
    {
        var store = new LocalStore(Path.Combine(SharedTables.Directory!, "tables", "kernel", "v1-multi-part-struct-stats-only"));
        using var table = await DeltaTable.OpenAsync(store);

        Assert.NotEmpty(table.Snapshot.Files);
        Assert.All(table.Snapshot.Files, static file =>
        {
            Assert.Contains("\"minValues\":{\"", file.Stats, StringComparison.Ordinal);
            Assert.Contains("\"nullCount\":{\"", file.Stats, StringComparison.Ordinal);
        });
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The statistics as pairs of path and value, numbers as numbers: a float is spelt in another way as a double.</summary>
    private static string Meaning(string stats)
    {
        using var document = System.Text.Json.JsonDocument.Parse(stats);
        var lines = new List<string>();
        Walk(document.RootElement, "");
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);

        void Walk(System.Text.Json.JsonElement json, string path)
        {
            if (json.ValueKind != System.Text.Json.JsonValueKind.Object)
            {
                var isReal = path.EndsWith("Float", StringComparison.Ordinal) || path.EndsWith("Double", StringComparison.Ordinal);
                lines.Add($"{path}={(isReal ? $"{(float)json.GetDouble()}" : json.GetRawText())}");
                return;
            }

            foreach (var field in json.EnumerateObject())
            {
                Walk(field.Value, $"{path}/{field.Name}");
            }
        }
    }
}
