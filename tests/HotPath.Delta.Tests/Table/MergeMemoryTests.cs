using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Tests.Campaigns;

namespace HotPath.Delta.Tests.Table;

/// <summary>What a merge holds in memory goes by the rows that it may sort at once, not by the files that it merges.</summary>
public sealed class MergeMemoryTests : IDisposable
{
    private const int Files = 8;
    private const int FileRows = 128 * 1024;
    private const int HeapMebibytes = 128;

    // As a reading has it: nine numbers, four texts, one of them sorted by.
    private static readonly Column[] Columns =
    [
        new("lsn", ColumnType.Long), new("equipment", ColumnType.String), new("tag", ColumnType.String), new("time", ColumnType.Timestamp),
        new("received", ColumnType.Timestamp), new("created", ColumnType.Timestamp), new("source", ColumnType.String),
        new("number", ColumnType.Double), new("quality", ColumnType.String), new("sequence", ColumnType.Long),
        new("model", ColumnType.Integer), new("late", ColumnType.Boolean),
    ];

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_million_rows_are_merged_within_128_MiB_a_quarter_of_them_at_once()
    {
        var location = await MakeAsync();
        using var process = WorkerProcess.StartWithin(HeapMebibytes, "merge", location, $"{256 * 1024}", "equipment,tag,time");

        Assert.StartsWith($"{Files}\n", await process.OutputAsync(), StringComparison.Ordinal);
        using var table = await DeltaTable.OpenAsync(location);
        var lsns = new HashSet<long>();
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = ["lsn"] }))
        {
            lsns.UnionWith(batch.Vectors[0].LongValues.ToArray());
        }

        Assert.Equal(Files * FileRows, lsns.Count);
        Assert.Equal(Files * FileRows - 1, lsns.Max());
    }

    /// <summary>The limit is one: all at once does not fit.</summary>
    [Fact]
    public async Task All_at_once_they_do_not_fit()
    {
        var location = await MakeAsync();
        using var process = WorkerProcess.StartWithin(HeapMebibytes, "merge", location, $"{4 << 20}", "equipment,tag,time");

        Assert.NotEqual(0, (await process.EndAsync()).ExitCode);
    }

    /// <summary>
    /// Cause: each row group was read, put together and sorted in arrays of its own. Symptom: a merge of a few million rows
    /// allocated gigabytes, which the collector took so late that the process stood at 2 GiB.
    /// </summary>
    [Fact]
    public async Task Twice_as_many_files_allocate_hardly_more()
    {
        var once = await AllocatedBytesAsync(await MakeAsync());
        var twice = await AllocatedBytesAsync(await MakeAsync(2 * Files));

        Assert.InRange(once, 1, 2 * HeapMebibytes << 20);
        Assert.InRange(twice, 1, once + once / 4);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<long> AllocatedBytesAsync(string location)
    {
        using var process = WorkerProcess.StartWithin(HeapMebibytes, "merge", location, $"{256 * 1024}", "equipment,tag,time");
        return long.Parse((await process.OutputAsync()).Split('\n')[1], CultureInfo.InvariantCulture);
    }

    private async Task<string> MakeAsync(int files = Files)
    {
        var location = Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));
        using var table = await DeltaTable.CreateAsync(location, new TableDefinition { Schema = TableSchema.Of(Columns) });
        var random = new Random(5);
        for (var file = 0; file < files; file++)
        {
            await table.AppendAsync(Batch(file, random));
        }

        return location;
    }

    private static ColumnBatch Batch(int file, Random random)
    {
        var rows = Enumerable.Range(file * FileRows, FileRows).ToArray();
        var names = string.Concat(Enumerable.Range(0, 1_000).Select(name => string.Create(CultureInfo.InvariantCulture, $"machine-{name:D4}")));
        var offsets = Enumerable.Range(0, 1_001).Select(static name => name * 12).ToArray();
        ColumnVector Texts() => ColumnVector.Codes(rows.Select(_ => random.Next(1_000)).ToArray(), Encoding.UTF8.GetBytes(names), offsets);
        ColumnVector Longs(int step) => ColumnVector.Longs(rows.Select(row => (long)row * step).ToArray());
        return new ColumnBatch(
            [
                Longs(1), Texts(), Texts(), Longs(1_000), Longs(1_001), Longs(1_002), Texts(),
                ColumnVector.Doubles(rows.Select(_ => random.NextDouble()).ToArray()), Texts(), Longs(7),
                ColumnVector.Integers(rows), ColumnVector.Booleans(rows.Select(static row => row % 3 == 0).ToArray()),
            ],
            FileRows);
    }
}
