using System.Numerics;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Puts values that stand without gaps where their rows are, and makes the validity bitmap.</summary>
internal static class RowSpread
{
    public static ColumnVector Spread(ColumnVector values, ReadOnlySpan<byte> definitionLevels, int levelMax, ReadBudget budget)
    {
        var rows = definitionLevels.Length;
        if (values.RowCount == rows)
        {
            return values;
        }

        var words = budget.Make<ulong>((rows + 63) >> 6);
        for (var row = 0; row < rows; row++)
        {
            words[row >> 6] |= (definitionLevels[row] == levelMax ? 1UL : 0UL) << (row & 63);
        }

        return values.Form switch
        {
            ColumnForm.Longs => ColumnVector.Longs(Place(values.LongValues, words, rows, budget), words),
            ColumnForm.Integers => ColumnVector.Integers(Place(values.IntegerValues, words, rows, budget), words),
            ColumnForm.Doubles => ColumnVector.Doubles(Place(values.DoubleValues, words, rows, budget), words),
            ColumnForm.Floats => ColumnVector.Floats(Place(values.FloatValues, words, rows, budget), words),
            ColumnForm.Booleans => ColumnVector.Booleans(Place(values.BooleanValues, words, rows, budget), words),
            ColumnForm.Decimals => ColumnVector.Decimals(Place(values.DecimalValues, words, rows, budget), words),
            ColumnForm.Codes => ColumnVector.Codes(
                PlaceCodes(values.CodeValues, words, rows, budget), values.DataMemory, values.OffsetsMemory),
            _ => ColumnVector.Bytes(values.DataMemory, PlaceOffsets(values.Offsets, words, rows, budget), words),
        };
    }

    /// <summary>A column of nulls, for files that are older than the column.</summary>
    public static ColumnVector Nulls(ColumnType type, int rows, ReadBudget budget)
    {
        var words = budget.Make<ulong>((rows + 63) >> 6);
        switch (type.Kind)
        {
            case ColumnKind.Boolean:
                return ColumnVector.Booleans(Make<bool>(rows, budget), words);
            case ColumnKind.Float:
                return ColumnVector.Floats(Make<float>(rows, budget), words);
            case ColumnKind.Double:
                return ColumnVector.Doubles(Make<double>(rows, budget), words);
            case ColumnKind.Decimal:
                return ColumnVector.Decimals(Make<Int128>(rows, budget), words);
            case ColumnKind.Long or ColumnKind.Timestamp or ColumnKind.TimestampNtz:
                return ColumnVector.Longs(Make<long>(rows, budget), words);
            case ColumnKind.String or ColumnKind.Binary:
                return ColumnVector.Bytes(default, Make<int>(rows + 1, budget), words);
            default:
                return ColumnVector.Integers(Make<int>(rows, budget), words);
        }
    }

    private static Memory<T> Make<T>(int count, ReadBudget budget)
        where T : unmanaged => budget.Make<T>(count).AsMemory(0, count);

    private static Memory<T> Place<T>(ReadOnlySpan<T> values, ulong[] words, int rows, ReadBudget budget)
        where T : unmanaged
    {
        var memory = Make<T>(rows, budget);
        var placed = memory.Span;
        var next = 0;
        for (var i = 0; i < (rows + 63) >> 6; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                placed[(i << 6) + BitOperations.TrailingZeroCount(word)] = values[next++];
            }
        }

        return memory;
    }

    private static Memory<int> PlaceCodes(ReadOnlySpan<int> codes, ulong[] words, int rows, ReadBudget budget)
    {
        var memory = Make<int>(rows, budget);
        var placed = memory.Span;
        var next = 0;
        for (var row = 0; row < rows; row++)
        {
            placed[row] = (words[row >> 6] >> (row & 63) & 1) != 0 ? codes[next++] : -1;
        }

        return memory;
    }

    private static Memory<int> PlaceOffsets(ReadOnlySpan<int> offsets, ulong[] words, int rows, ReadBudget budget)
    {
        var memory = Make<int>(rows + 1, budget);
        var placed = memory.Span;
        var next = 0;
        for (var row = 0; row < rows; row++)
        {
            placed[row] = offsets[next];
            next += (int)(words[row >> 6] >> (row & 63) & 1);
        }

        placed[rows] = offsets[next];
        return memory;
    }
}
