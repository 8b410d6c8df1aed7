using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Sink;
using HotPath.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotPath.Tests.Sink;

public sealed class SinkUpkeepTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StoppedClock _clock = new();

    [Fact]
    public async Task Small_files_are_merged_in_the_order_of_machines_and_every_row_stays()
    {
        using var table = await OpenAsync(TimeSpan.FromDays(7));
        var upkeep = Upkeep(table, TimeSpan.FromDays(7));
        for (var flush = 1; flush <= 7; flush++)
        {
            await FlushAsync(table, flush);
        }

        await upkeep.TurnAsync(default);
        Assert.Equal(0, upkeep.FilesRemoved);
        await FlushAsync(table, 8);
        await upkeep.TurnAsync(default);

        Assert.Equal((8, 1), (upkeep.FilesRemoved, upkeep.FilesAdded));
        Assert.Equal(
            ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"], await MachinesAsync());
    }

    [Fact]
    public async Task A_day_that_is_over_becomes_one_file()
    {
        using var table = await OpenAsync(TimeSpan.FromDays(7));
        var upkeep = Upkeep(table, TimeSpan.FromDays(7));
        await FlushAsync(table, 1);
        await FlushAsync(table, 2);

        await upkeep.TurnAsync(default);
        Assert.Equal(0, upkeep.FilesRemoved);
        _clock.Advance(TimeSpan.FromHours(2));
        await upkeep.TurnAsync(default);

        Assert.Equal((2, 1), (upkeep.FilesRemoved, upkeep.FilesAdded));
    }

    /// <summary>The retention that is configured is the table's own property, so that every engine keeps to it.</summary>
    [Fact]
    public async Task Removed_files_go_when_the_configured_retention_is_over()
    {
        var retention = TimeSpan.FromHours(3);
        using var table = await OpenAsync(retention);
        var upkeep = Upkeep(table, retention);
        for (var flush = 1; flush <= 8; flush++)
        {
            await FlushAsync(table, flush);
        }

        _clock.Advance(TimeSpan.FromMinutes(30));
        await upkeep.TurnAsync(default);
        Assert.Equal((8, 0), (upkeep.FilesRemoved, upkeep.FilesDeleted));
        _clock.Advance(TimeSpan.FromHours(3.5));
        await upkeep.TurnAsync(default);

        Assert.Equal(8, upkeep.FilesDeleted);
        Assert.Equal(8, (await MachinesAsync()).Count);
        using var opened = await DeltaTable.OpenAsync(Location);
        Assert.Equal("interval 10800000 milliseconds", opened.Snapshot.Metadata.Configuration["delta.deletedFileRetentionDuration"]);
    }

    [Fact]
    public async Task A_table_made_under_another_retention_gets_the_one_that_is_configured_now()
    {
        (await OpenAsync(TimeSpan.FromDays(30))).Dispose();
        (await OpenAsync(TimeSpan.FromDays(7))).Dispose();

        using var opened = await DeltaTable.OpenAsync(Location);
        Assert.Empty(opened.Snapshot.Metadata.Configuration);
    }

    public void Dispose() => _directory.Dispose();

    private string Location => Path.Combine(_directory.Path, TableSchemas.Readings.Name);

    private SinkUpkeep Upkeep(SinkTable table, TimeSpan retention) => new(
        () => [table],
        new SinkOptions { Location = _directory.Path, PositionDirectory = _directory.Path, Retention = retention },
        _clock,
        NullLogger.Instance);

    private Task<SinkTable> OpenAsync(TimeSpan retention) => SinkTable.OpenAsync(
        new SinkOptions { Location = _directory.Path, PositionDirectory = _directory.Path, Retention = retention },
        TableSchemas.Readings,
        Guid.Empty,
        mayCreate: true,
        new DeltaTableOptions { Clock = _clock },
        default);

    /// <summary>One reading, machines in falling order.</summary>
    private static Task FlushAsync(SinkTable table, int flush)
    {
        var vectors = TableSchemas.Readings.Columns.Select(column => column.Name switch
        {
            "equipment_id" => ColumnVector.Codes(new[] { 0 }, System.Text.Encoding.UTF8.GetBytes($"m{9 - flush}"), new[] { 0, 2 }),
            _ => column.Type.Kind switch
            {
                ColumnKind.String => ColumnVector.Codes(new[] { -1 }, Array.Empty<byte>(), new[] { 0 }),
                ColumnKind.Double => ColumnVector.Doubles(new[] { 1.5 }),
                ColumnKind.Boolean => ColumnVector.Booleans(new[] { true }),
                ColumnKind.Integer => ColumnVector.Integers(new[] { 1 }),
                _ => ColumnVector.Longs(new[] { (long)flush }),
            },
        });
        return table.AppendAsync([(20_000, [new ColumnBatch([.. vectors], 1)])], flush, default);
    }

    private async Task<List<string>> MachinesAsync()
    {
        using var table = await DeltaTable.OpenAsync(Location);
        var machines = new List<string>();
        await foreach (var batch in table.ReadAsync(new ReadOptions { Columns = ["equipment_id"] }))
        {
            for (var row = 0; row < batch.RowCount; row++)
            {
                machines.Add(System.Text.Encoding.UTF8.GetString(batch.Vectors[0].BytesAt(row)));
            }
        }

        return machines;
    }

    private sealed class StoppedClock : TimeProvider
    {
        private DateTimeOffset _now = new(DateTime.UtcNow.Date.AddHours(1), TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.UtcTicks;

        public void Advance(TimeSpan by) => _now += by;
    }
}
