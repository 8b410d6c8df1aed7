using System.Globalization;
using System.Text;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Sink;
using HotPath.Sink.Rows;

namespace HotPath.Benchmarks.Delta;

/// <summary>
/// What a row of the table <c>readings</c> costs, step by step, with the sink's own parts on one thread: sort by equipment, tag
/// and time; gather into columns; encode; compress (zstd 1, the difference to the same file uncompressed); write and sync. CPU
/// time of the thread. The rows of the compressed file are read back and compared before a number counts.
/// </summary>
internal sealed class ReadingsCommand : IBenchCommand
{
    private const int Machines = 1_000;
    private const int Tags = 100;
    private const int BatchRows = 128 * 1024;

    private readonly NameTables _names = new();

    public string Name => "delta-readings";

    public string Says => "CPU ns a row of the table readings by step: sort, gather, encode, compress, write: [ROWS] [ROUNDS]";

    public int Run(string[] args)
    {
        var numbers = args.Where(static arg => arg != BenchResult.RecordFlag).Select(static arg => int.Parse(arg, CultureInfo.InvariantCulture)).ToList();
        var rows = numbers.ElementAtOrDefault(0) is var count and > 0 ? count : 1_000_000;
        var rounds = numbers.ElementAtOrDefault(1) is var some and > 0 ? some : 5;
        var slots = Slots(rows);
        var names = new SinkNames(_names);
        names.Refresh();
        var path = Path.Combine(Path.GetTempPath(), $"hotpath-readings-{Guid.NewGuid():N}.parquet");
        var result = new BenchResult(Name, "A row of readings by step", args) { Verified = "lsn, time and number of every row, read back from the file" };
        result.Option("machines x tags", $"{Machines} x {Tags}");
        var steps = new[] { "sort", "gather", "encode", "compress", "write and sync" }.ToDictionary(static step => step, static _ => new List<double>());
        try
        {
            var bytes = 0L;
            for (var round = -1; round < rounds; round++)
            {
                var one = Round(slots, names, path, out bytes);
                for (var step = 0; round >= 0 && step < one.Length; step++)
                {
                    steps.ElementAt(step).Value.Add(one[step]);
                }
            }

            foreach (var (step, runs) in steps)
            {
                result.Add(new Figure("CPU ns a row", step, "thread", "ns", [.. runs]));
            }

            result.Add(new Figure("CPU ns a row", "all", "thread", "ns", [.. Enumerable.Range(0, rounds).Select(round => steps.Values.Sum(runs => runs[round]))]));
            result.Add(new Figure("size", "zstd 1", "file", "B/row", [(double)bytes / rows]));
            return result.Finish();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double[] Round(Slot[] slots, SinkNames names, string path, out long bytes)
    {
        var rows = slots.Length;
        var started = ThreadClock.Nanoseconds();
        var order = new ReadingOrder(rows);
        order.Begin(names.Equipment.Count, names.Tags.Count);
        foreach (ref readonly var slot in slots.AsSpan())
        {
            order.Add(names.Equipment.Ranks[slot.EquipmentIndex], names.Tags.Ranks[slot.TagIndex], slot.EventTimeMicros);
        }

        order.Sort();
        var sorted = ThreadClock.Nanoseconds();
        var gathered = 0L;
        var (plain, packed) = (0L, 0L);
        using var uncompressed = Writer(Stream.Null, ParquetCompression.Uncompressed);
        using var content = new MemoryStream(rows * 16);
        using var compressed = Writer(content, ParquetCompression.Zstd);
        var columns = new ReadingRows(names);
        for (var from = 0; from < rows; from += BatchRows)
        {
            var at = ThreadClock.Nanoseconds();
            var batch = Gather(slots, order.Rows[from..Math.Min(from + BatchRows, rows)], columns);
            gathered += ThreadClock.Nanoseconds() - at;
            plain += Timed(() => uncompressed.Write(batch));
            packed += Timed(() => compressed.Write(batch));
        }

        plain += Timed(() => uncompressed.Close());
        packed += Timed(() => compressed.Close());
        var written = Timed(() =>
        {
            using var file = File.Create(path);
            file.Write(content.GetBuffer().AsSpan(0, (int)content.Length));
            file.Flush();
        });
        bytes = content.Length;
        Verify(slots, order.Rows, content.ToArray());
        return [.. new[] { sorted - started, gathered, plain, packed - plain, written }.Select(nanos => (double)nanos / rows)];
    }

    private static long Timed(Action work)
    {
        var start = ThreadClock.Nanoseconds();
        work();
        return ThreadClock.Nanoseconds() - start;
    }

    private static ParquetWriter Writer(Stream stream, ParquetCompression compression) =>
        new(stream, TableSchemas.Readings.Columns, new ParquetWriterOptions { Compression = compression });

    private static ColumnBatch Gather(Slot[] slots, ReadOnlySpan<int> order, ReadingRows columns)
    {
        Span<long> lsns = new long[ReadingRows.BlockRows];
        Span<bool> late = new bool[ReadingRows.BlockRows];
        Span<Slot> block = new Slot[ReadingRows.BlockRows];
        columns.Clear();
        for (var from = 0; from < order.Length; from += ReadingRows.BlockRows)
        {
            var some = order[from..Math.Min(from + ReadingRows.BlockRows, order.Length)];
            for (var row = 0; row < some.Length; row++)
            {
                block[row] = slots[some[row]];
                lsns[row] = some[row];
            }

            columns.AddBlock(lsns, block[..some.Length], late);
        }

        return columns.ToBatch();
    }

    private static void Verify(Slot[] slots, ReadOnlySpan<int> order, byte[] file)
    {
        var reader = ParquetReader.Open(file);
        Column[] columns = [new("lsn", ColumnType.Long), new("event_time", ColumnType.Timestamp), new("number", ColumnType.Double)];
        var at = 0;
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            var batch = reader.ReadBatch(group, columns);
            for (var row = 0; row < batch.RowCount; row++, at++)
            {
                ref readonly var slot = ref slots[order[at]];
                if (batch.Vectors[0].LongValues[row] != order[at]
                    || batch.Vectors[1].LongValues[row] != slot.EventTimeMicros
                    || BitConverter.DoubleToInt64Bits(batch.Vectors[2].DoubleValues[row]) != slot.ValueBits)
                {
                    throw new InvalidOperationException($"Row {at} of the file is not the reading that was written.");
                }
            }
        }

        if (at != slots.Length)
        {
            throw new InvalidOperationException($"The file has {at} rows instead of {slots.Length}.");
        }
    }

    /// <summary>Each machine-tag sends every ten seconds, in an order as a network mixes it; values drift, of two decimals.</summary>
    private Slot[] Slots(int rows)
    {
        for (var machine = 0; machine < Machines; machine++)
        {
            _names.Equipment.TryIntern(Encoding.UTF8.GetBytes($"plant-1/line-{machine % 8}/machine-{machine:D4}"), 0, out _);
        }

        for (var tag = 0; tag < Tags; tag++)
        {
            _names.Tags.TryIntern(Encoding.UTF8.GetBytes($"tag-{tag:D3}"), 0, out _);
        }

        _names.Sources.TryIntern("udp:0.0.0.0:7001"u8, 0, out _);
        var random = new Random(3);
        var levels = new double[Machines * Tags];
        var slots = new Slot[rows];
        for (var row = 0; row < rows; row++)
        {
            ref var slot = ref slots[row];
            var series = row % levels.Length;
            levels[series] += random.NextDouble() - 0.5;
            slot.EquipmentIndex = series / Tags;
            slot.TagIndex = series % Tags;
            slot.EventTimeMicros = 1_790_000_000_000_000 + (row / levels.Length * 10_000_000L) + random.Next(1_000_000);
            slot.ReceivedAtMicros = slot.EventTimeMicros + 2_000 + random.Next(500);
            slot.CreatedAtMicros = Slot.NoNumber;
            slot.SequenceNumber = row / levels.Length;
            slot.ValueKind = ValueKind.Number;
            slot.ValueBits = BitConverter.DoubleToInt64Bits(Math.Round(20 + levels[series], 2));
            slot.Model = Slot.NoModel;
            slot.Kind = SlotKind.Reading;
        }

        random.Shuffle(slots.AsSpan(0, Math.Min(rows, 1000)));
        return slots;
    }
}
