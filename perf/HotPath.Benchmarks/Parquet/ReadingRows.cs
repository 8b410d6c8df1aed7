using System.Text;
using HotPath.Delta.Columns;

namespace HotPath.Benchmarks.Parquet;

/// <summary>
/// Rows as machine readings have them: a timestamp with jitter, a sequence number, a measured value that drifts, of two
/// decimals or of all its bits, a small whole number, the name of one of 200 machines; and on wish a text of 36 characters that never recurs.
/// </summary>
internal sealed class ReadingRows
{
    private const int Machines = 200;

    public ReadingRows(int rows, Shape shape)
    {
        var isCoded = shape.HasFlag(Shape.Coded);
        var isRounded = !shape.HasFlag(Shape.AllBits);
        var hasUniqueText = shape.HasFlag(Shape.UniqueText);
        var isRandom = shape.HasFlag(Shape.Random);
        var random = new Random(20);
        var (times, sequence, values, counts, codes) = (new long[rows], new long[rows], new double[rows], new int[rows], new int[rows]);
        var time = 1_790_000_000_000_000L;
        var levels = new double[Machines];
        for (var row = 0; row < rows; row++)
        {
            var machine = random.Next(Machines);
            time += random.Next(200);
            levels[machine] += random.NextDouble() - 0.5;
            (times[row], sequence[row], codes[row]) = (time, 40_000_000L + row, machine);
            values[row] = isRounded ? Math.Round(20 + levels[machine], 2) : 20 + levels[machine];
            counts[row] = random.Next(1000);
            if (isRandom)
            {
                times[row] = 1_790_000_000_000_000L + random.NextInt64(1L << 40);
                (sequence[row], values[row], counts[row]) = (random.NextInt64(), random.NextDouble(), random.Next());
            }
        }

        var (names, nameOffsets) = Concatenate(Machines, i => $"plant-1/line-{i % 8}/machine-{i:D3}");
        var vectors = new List<ColumnVector>
        {
            ColumnVector.Longs(times),
            ColumnVector.Longs(sequence),
            ColumnVector.Doubles(values),
            ColumnVector.Integers(counts),
            isCoded ? ColumnVector.Codes(codes, names, nameOffsets) : Decode(codes, names, nameOffsets),
        };
        Columns =
        [
            new Column("time", ColumnType.Timestamp), new Column("sequence", ColumnType.Long), new Column("value", ColumnType.Double),
            new Column("count", ColumnType.Integer), new Column("machine", ColumnType.String),
        ];
        if (hasUniqueText)
        {
            var bytes = new byte[16];
            var (texts, textOffsets) = Concatenate(rows, _ =>
            {
                random.NextBytes(bytes);
                return new Guid(bytes).ToString();
            });
            vectors.Add(ColumnVector.Bytes(texts, textOffsets));
            Columns = [.. Columns, new Column("id", ColumnType.String)];
        }

        Batch = new ColumnBatch(vectors, rows);
    }

    /// <summary>What the rows are like.</summary>
    [Flags]
    public enum Shape
    {
        /// <summary>Names as bytes, one by one.</summary>
        Plain = 0,

        /// <summary>Names as codes into a dictionary, as the sink has them.</summary>
        Coded = 1,

        /// <summary>Values with all the bits of a double.</summary>
        AllBits = 2,

        /// <summary>A sixth column: a text that never recurs.</summary>
        UniqueText = 4,

        /// <summary>Nothing to find in the numbers: all but the names is noise.</summary>
        Random = 8,
    }

    public IReadOnlyList<Column> Columns { get; }

    public ColumnBatch Batch { get; }

    private static ColumnVector Decode(int[] codes, byte[] names, int[] nameOffsets)
    {
        var offsets = new int[codes.Length + 1];
        using var data = new MemoryStream();
        for (var row = 0; row < codes.Length; row++)
        {
            data.Write(names.AsSpan(nameOffsets[codes[row]]..nameOffsets[codes[row] + 1]));
            offsets[row + 1] = (int)data.Length;
        }

        return ColumnVector.Bytes(data.ToArray(), offsets);
    }

    private static (byte[] Data, int[] Offsets) Concatenate(int count, Func<int, string> text)
    {
        var offsets = new int[count + 1];
        using var data = new MemoryStream();
        for (var i = 0; i < count; i++)
        {
            data.Write(Encoding.UTF8.GetBytes(text(i)));
            offsets[i + 1] = (int)data.Length;
        }

        return (data.ToArray(), offsets);
    }
}
