using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>
/// Random rows of every Delta type, in a style that leads encoders to different choices, with the rows in words for comparison.
/// </summary>
internal sealed class SampleTable
{
    private static readonly string[] Words = ["", "a", "Fräse 7", "line-1/press", "停止", "\U0001F527 wrench", new string('x', 100)];

    private readonly Random _random;
    private readonly int _rows;
    private readonly SampleStyle _style;
    private readonly List<Column> _columns = [];
    private readonly List<ColumnVector> _vectors = [];

    public SampleTable(Random random, int rows, SampleStyle style, bool nullable = true)
    {
        (_random, _rows, _style) = (random, rows, style);
        foreach (var type in Types())
        {
            var validity = nullable ? Validity() : default;
            Add(type, nullable, Vector(type, validity));
        }

        Add(ColumnType.String, nullable, CodedStrings(nullable));
    }

    public IReadOnlyList<Column> Columns => _columns;

    public ColumnBatch Batch => new(_vectors, _rows);

    /// <summary>A value as read-parquet.mjs prints it, but numbers always as text.</summary>
    public static string? Text(ColumnVector vector, ColumnType type, int row)
    {
        if (!vector.IsPresent(row))
        {
            return null;
        }

        return vector.Form switch
        {
            ColumnForm.Longs => vector.LongValues[row].ToString(CultureInfo.InvariantCulture),
            ColumnForm.Integers => vector.IntegerValues[row].ToString(CultureInfo.InvariantCulture),
            ColumnForm.Doubles => Text(vector.DoubleValues[row]),
            ColumnForm.Floats => Text(vector.FloatValues[row]),
            ColumnForm.Booleans => vector.BooleanValues[row] ? "true" : "false",
            ColumnForm.Decimals => Text(vector.DecimalValues[row], type.Scale),
            _ when type.Kind == ColumnKind.Binary => "0x" + Convert.ToHexStringLower(vector.BytesAt(row)),
            _ => Encoding.UTF8.GetString(vector.BytesAt(row)),
        };
    }

    public static string Text(double value) => value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        0 when double.IsNegative(value) => "-0",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>Fails unless a file holds these rows and these columns, and nothing else.</summary>
    public void ShouldBeHeldBy(ParquetReader reader)
    {
        Assert.Equal(_rows, reader.RowGroups.Sum(group => group.RowCount));
        Assert.Equal(_columns.Select(column => column.Name), reader.Schema.Leaves.Select(leaf => leaf.Name));
        Assert.Equal(_columns.Select(column => column.Type), reader.Schema.Leaves.Select(leaf => leaf.ColumnType!.Value));
        var row = 0;
        for (var group = 0; group < reader.RowGroups.Count; group++)
        {
            var batch = reader.ReadBatch(group, _columns);
            for (var column = 0; column < _columns.Count; column++)
            {
                for (var i = 0; i < batch.RowCount; i++)
                {
                    var expected = Text(column, row + i);
                    var actual = Text(batch.Vectors[column], _columns[column].Type, i);
                    Assert.True(
                        expected == actual,
                        $"{_columns[column].Name}, row {row + i}: wrote {expected ?? "null"}, read {actual ?? "null"}.");
                }
            }

            row += batch.RowCount;
        }
    }

    public string? Text(int column, int row) => Text(_vectors[column], _columns[column].Type, row);

    private static string Text(Int128 unscaled, int scale)
    {
        var digits = unscaled.ToString(CultureInfo.InvariantCulture).TrimStart('-').PadLeft(scale + 1, '0');
        var sign = unscaled < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    private static IEnumerable<ColumnType> Types() =>
    [
        ColumnType.Boolean, ColumnType.Byte, ColumnType.Short, ColumnType.Integer, ColumnType.Long, ColumnType.Float,
        ColumnType.Double, ColumnType.Date, ColumnType.Timestamp, ColumnType.TimestampNtz, ColumnType.Decimal(9, 2),
        ColumnType.Decimal(18, 4), ColumnType.Decimal(38, 10), ColumnType.String, ColumnType.Binary,
    ];

    private void Add(ColumnType type, bool nullable, ColumnVector vector)
    {
        _columns.Add(new Column($"c{_columns.Count}_{type.Kind}", type, nullable));
        _vectors.Add(vector);
    }

    private ColumnVector Vector(ColumnType type, ulong[]? validity) => type.Kind switch
    {
        ColumnKind.Boolean => ColumnVector.Booleans(Fill(() => _style != SampleStyle.Constant && _random.Next(2) == 0), validity),
        ColumnKind.Byte => ColumnVector.Integers(Fill(() => (int)(sbyte)Number(8)), validity),
        ColumnKind.Short => ColumnVector.Integers(Fill(() => (int)(short)Number(16)), validity),
        ColumnKind.Integer => ColumnVector.Integers(Fill(() => (int)Number(32)), validity),
        ColumnKind.Date => ColumnVector.Integers(Fill(() => (int)(Number(32) % 20_000)), validity),
        ColumnKind.Long => ColumnVector.Longs(Fill(() => Number(64)), validity),
        ColumnKind.Float => ColumnVector.Floats(Fill(() => (float)Real()), validity),
        ColumnKind.Double => ColumnVector.Doubles(Fill(Real), validity),
        ColumnKind.Timestamp or ColumnKind.TimestampNtz =>
            ColumnVector.Longs(Fill(() => Number(64) % 2_000_000_000_000_000), validity),
        ColumnKind.Decimal => ColumnVector.Decimals(Fill(() => Unscaled(type.Precision)), validity),
        _ => Strings(type, validity),
    };

    private T[] Fill<T>(Func<T> next)
    {
        _step = 0;
        var values = new T[_rows];
        for (var row = 0; row < _rows; row++)
        {
            values[row] = next();
        }

        return values;
    }

    private long _step;

    private long Number(int bits) => _style switch
    {
        SampleStyle.Constant => 42,
        SampleStyle.Few => _random.Next(5) * 1_000_003L,
        SampleStyle.Rising => _step += _random.Next(100),
        _ => _random.Next(10) == 0 ? (_random.Next(2) == 0 ? long.MinValue : long.MaxValue) >> (64 - bits) : _random.NextInt64(),
    };

    private double Real() => _style switch
    {
        SampleStyle.Constant => 1.5,
        SampleStyle.Few => _random.Next(7) * 0.25,
        SampleStyle.Rising => (_step += _random.Next(100)) / 128.0,
        _ => _random.Next(20) switch
        {
            0 => double.NaN,
            1 => double.NegativeInfinity,
            2 => -0.0,
            3 => 0.0,
            _ => _random.NextDouble() * 1e6 - 5e5,
        },
    };

    private Int128 Unscaled(int precision)
    {
        var limit = Int128.Parse(new string('9', precision), CultureInfo.InvariantCulture);
        return _random.Next(10) switch
        {
            0 => limit,
            1 => -limit,
            _ => (((Int128)Number(64) << 62) ^ Number(64)) % limit,
        };
    }

    private byte[] NextString(ColumnType type)
    {
        if (type.Kind == ColumnKind.Binary && _style == SampleStyle.Wild)
        {
            var bytes = new byte[_random.Next(20)];
            _random.NextBytes(bytes);
            return bytes;
        }

        return Encoding.UTF8.GetBytes(_style switch
        {
            SampleStyle.Constant => "same",
            SampleStyle.Few => Words[_random.Next(Words.Length)],
            SampleStyle.Rising => $"key-{_step++:D9}",
            _ => Words[_random.Next(Words.Length)] + _random.NextInt64().ToString("x", CultureInfo.InvariantCulture),
        });
    }

    private ColumnVector Strings(ColumnType type, ulong[]? validity)
    {
        var (data, offsets) = Concatenate(Fill(() => NextString(type)));
        return ColumnVector.Bytes(data, offsets, validity);
    }

    // The dictionary is larger than what is used, and holds one value twice.
    private ColumnVector CodedStrings(bool nullable)
    {
        var (data, offsets) = Concatenate([.. Enumerable.Range(0, 500).Select(i => Encoding.UTF8.GetBytes($"tag {i % 499}"))]);
        var codes = Fill(() => nullable && _random.Next(10) == 0 ? -1 : _style switch
        {
            SampleStyle.Constant => 499,
            SampleStyle.Rising => (int)(_step++ / 50 % 500),
            SampleStyle.Few => _random.Next(3) * 70,
            _ => _random.Next(500),
        });
        return ColumnVector.Codes(codes, data, offsets);
    }

    private static (byte[] Data, int[] Offsets) Concatenate(byte[][] values)
    {
        var offsets = new int[values.Length + 1];
        for (var i = 0; i < values.Length; i++)
        {
            offsets[i + 1] = offsets[i] + values[i].Length;
        }

        return ([.. values.SelectMany(value => value)], offsets);
    }

    private ulong[]? Validity()
    {
        if (_style == SampleStyle.Constant)
        {
            return null;
        }

        // Stretches without nulls, of nulls only, and mixed ones.
        var words = new ulong[(_rows + 63) / 64];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = (i / 3 % 4) switch
            {
                0 => ulong.MaxValue,
                1 => 0,
                _ => (ulong)_random.NextInt64() | (ulong)_random.NextInt64() << 32,
            };
        }

        return words;
    }
}
