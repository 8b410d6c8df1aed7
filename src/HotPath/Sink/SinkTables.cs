using HotPath.Delta;
using HotPath.Delta.Parquet;

namespace HotPath.Sink;

/// <summary>All tables of one location, open for this instance. Belongs to the sink's thread.</summary>
internal sealed class SinkTables : IDisposable
{
    // Whoever merges files holds a row group of each in memory: with the defaults of a file it would be a million rows.
    private const int RowGroupRowsMax = 256 * 1024;
    private const long RowGroupBytesMax = 32L << 20;

    private SinkTables(IReadOnlyList<SinkTable> all) => All = all;

    /// <summary>Dimensions, then facts.</summary>
    public IReadOnlyList<SinkTable> All { get; }

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

    /// <param name="sink">Where they are, and how they are written.</param>
    /// <param name="instance">The journal they follow.</param>
    /// <param name="mayCreate">
    /// False where they were there once: what is missing then is away, e.g. on a disk that is not mounted, and new tables in
    /// its place would begin in the middle.
    /// </param>
    /// <param name="clock">Runs while these tables are written.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<SinkTables> OpenAsync(
        SinkOptions sink, Guid instance, bool mayCreate, StepClock clock, CancellationToken cancellation)
    {
        var options = new DeltaTableOptions
        {
            Parquet = new ParquetWriterOptions
            {
                Compression = sink.Compression,
                CompressionMeter = clock,
                RowGroupRowsMax = RowGroupRowsMax,
                RowGroupBytesMax = RowGroupBytesMax,
            },
            S3 = sink.S3,
        };
        TableShape[] shapes =
        [
            TableSchemas.Equipment, TableSchemas.Tags, TableSchemas.Sources, TableSchemas.Rules,
            TableSchemas.Readings, TableSchemas.Transitions, TableSchemas.Downtimes, TableSchemas.Rejected,
        ];
        var tables = new List<SinkTable>();
        try
        {
            foreach (var shape in shapes)
            {
                tables.Add(await SinkTable.OpenAsync(sink, shape, instance, mayCreate, options, cancellation));
            }

            return new SinkTables(tables);
        }
        catch
        {
            tables.ForEach(table => table.Dispose());
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var table in All)
        {
            table.Dispose();
        }
    }
}
