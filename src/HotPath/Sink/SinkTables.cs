using HotPath.Delta;
using HotPath.Delta.Parquet;

namespace HotPath.Sink;

/// <summary>All tables of one location, open for this instance. Belongs to the sink's thread.</summary>
internal sealed class SinkTables : IDisposable
{
    private SinkTables(IReadOnlyList<SinkTable> all, StepClock clock)
    {
        All = all;
        Clock = clock;
    }

    /// <summary>Dimensions, then facts.</summary>
    public IReadOnlyList<SinkTable> All { get; }

    /// <summary>Runs while these tables are written.</summary>
    public StepClock Clock { get; }

    public SinkTable Equipment => All[0];

    public SinkTable Tags => All[1];

    public SinkTable Sources => All[2];

    public SinkTable Rules => All[3];

    public SinkTable Readings => All[4];

    public SinkTable Transitions => All[5];

    public SinkTable Downtimes => All[6];

    public SinkTable Rejected => All[7];

    /// <summary>What the tables of facts hold now.</summary>
    public HeldLsns Held => new(Rules.Held, Readings.Held, Transitions.Held, Downtimes.Held, Rejected.Held);

    /// <summary>The greatest LSN that a fact table says it holds; -1 when none does.</summary>
    public long HeldLsnMax => All.Skip(3).Max(table => table.Held);

    public static async Task<SinkTables> OpenAsync(SinkOptions sink, Guid instance, CancellationToken cancellation)
    {
        var clock = new StepClock();
        var options = new DeltaTableOptions
        {
            Parquet = new ParquetWriterOptions { Compression = sink.Compression, CompressionMeter = clock },
            S3 = sink.S3,
        };
        TableShape[] shapes =
        [
            TableSchemas.Equipment, TableSchemas.Tags, TableSchemas.Sources, TableSchemas.Rules,
            TableSchemas.Readings, TableSchemas.Transitions, TableSchemas.Downtimes, TableSchemas.Rejected,
        ];
        var tables = new List<SinkTable>();
        foreach (var shape in shapes)
        {
            tables.Add(await SinkTable.OpenAsync(sink, shape, instance, options, cancellation));
        }

        return new SinkTables(tables, clock);
    }

    public void Dispose()
    {
        foreach (var table in All)
        {
            table.Dispose();
        }
    }
}
