namespace HotPath.Delta.Columns;

/// <summary>
/// The values of one column for some rows, lent by their owner: nothing is copied, and the memory must stay as it is
/// while the vector is in use. There is one value per row, with any placeholder where the row is null. The validity
/// bitmap has bit r of word r / 64 set where row r is present; an empty bitmap says that no row is null.
/// One thread at a time. A vector may be set again and again without allocating.
/// </summary>
public sealed class ColumnVector
{
    private ReadOnlyMemory<long> _longs;
    private ReadOnlyMemory<int> _integers;
    private ReadOnlyMemory<double> _doubles;
    private ReadOnlyMemory<float> _floats;
    private ReadOnlyMemory<bool> _booleans;
    private ReadOnlyMemory<Int128> _decimals;
    private ReadOnlyMemory<byte> _bytes;
    private ReadOnlyMemory<int> _offsets;
    private ReadOnlyMemory<ulong> _validity;

    public ColumnForm Form { get; private set; }

    public int RowCount { get; private set; }

    public ReadOnlySpan<long> LongValues => _longs.Span;

    public ReadOnlySpan<int> IntegerValues => _integers.Span;

    public ReadOnlySpan<double> DoubleValues => _doubles.Span;

    public ReadOnlySpan<float> FloatValues => _floats.Span;

    public ReadOnlySpan<bool> BooleanValues => _booleans.Span;

    public ReadOnlySpan<Int128> DecimalValues => _decimals.Span;

    /// <summary>One code per row; -1 is null. The dictionary is <see cref="Data"/> and <see cref="Offsets"/>.</summary>
    public ReadOnlySpan<int> CodeValues => _integers.Span;

    /// <summary>The bytes of all rows, or of all dictionary entries.</summary>
    public ReadOnlySpan<byte> Data => _bytes.Span;

    /// <summary>Entry i is Data[Offsets[i]..Offsets[i + 1]].</summary>
    public ReadOnlySpan<int> Offsets => _offsets.Span;

    public ReadOnlySpan<ulong> Validity => _validity.Span;

    internal ReadOnlyMemory<byte> DataMemory => _bytes;

    internal ReadOnlyMemory<int> OffsetsMemory => _offsets;

    public static ColumnVector Longs(ReadOnlyMemory<long> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetLongs(values, validity);

    public static ColumnVector Integers(ReadOnlyMemory<int> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetIntegers(values, validity);

    public static ColumnVector Doubles(ReadOnlyMemory<double> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetDoubles(values, validity);

    public static ColumnVector Floats(ReadOnlyMemory<float> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetFloats(values, validity);

    public static ColumnVector Booleans(ReadOnlyMemory<bool> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetBooleans(values, validity);

    public static ColumnVector Decimals(ReadOnlyMemory<Int128> values, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetDecimals(values, validity);

    public static ColumnVector Bytes(
        ReadOnlyMemory<byte> data, ReadOnlyMemory<int> offsets, ReadOnlyMemory<ulong> validity = default) =>
        new ColumnVector().SetBytes(data, offsets, validity);

    public static ColumnVector Codes(ReadOnlyMemory<int> codes, ReadOnlyMemory<byte> data, ReadOnlyMemory<int> offsets) =>
        new ColumnVector().SetCodes(codes, data, offsets);

    public ColumnVector SetLongs(ReadOnlyMemory<long> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Longs, values.Length, validity);
        _longs = values;
        return this;
    }

    public ColumnVector SetIntegers(ReadOnlyMemory<int> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Integers, values.Length, validity);
        _integers = values;
        return this;
    }

    public ColumnVector SetDoubles(ReadOnlyMemory<double> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Doubles, values.Length, validity);
        _doubles = values;
        return this;
    }

    public ColumnVector SetFloats(ReadOnlyMemory<float> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Floats, values.Length, validity);
        _floats = values;
        return this;
    }

    public ColumnVector SetBooleans(ReadOnlyMemory<bool> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Booleans, values.Length, validity);
        _booleans = values;
        return this;
    }

    public ColumnVector SetDecimals(ReadOnlyMemory<Int128> values, ReadOnlyMemory<ulong> validity = default)
    {
        Begin(ColumnForm.Decimals, values.Length, validity);
        _decimals = values;
        return this;
    }

    /// <param name="data">The bytes of all rows, one after the other.</param>
    /// <param name="offsets">One more than rows, never falling, the last at most the length of <paramref name="data"/>.</param>
    /// <param name="validity">Which rows are present; empty for all.</param>
    public ColumnVector SetBytes(
        ReadOnlyMemory<byte> data, ReadOnlyMemory<int> offsets, ReadOnlyMemory<ulong> validity = default)
    {
        RequireOffsets(data, offsets);
        Begin(ColumnForm.Bytes, offsets.Length - 1, validity);
        (_bytes, _offsets) = (data, offsets);
        return this;
    }

    /// <summary>
    /// Strings or binary values by code. The dictionary may hold far more than is used, and one value twice: what is used
    /// is found out once per row group.
    /// </summary>
    public ColumnVector SetCodes(ReadOnlyMemory<int> codes, ReadOnlyMemory<byte> data, ReadOnlyMemory<int> offsets)
    {
        RequireOffsets(data, offsets);
        Begin(ColumnForm.Codes, codes.Length, default);
        (_integers, _bytes, _offsets) = (codes, data, offsets);
        return this;
    }

    public bool IsPresent(int row) =>
        Form == ColumnForm.Codes
            ? _integers.Span[row] >= 0
            : _validity.IsEmpty || (_validity.Span[row >> 6] >> (row & 63) & 1) != 0;

    /// <summary>The bytes of a row of Bytes or Codes; empty where it is null.</summary>
    public ReadOnlySpan<byte> BytesAt(int row)
    {
        if (!IsPresent(row))
        {
            return default;
        }

        var entry = Form == ColumnForm.Codes ? _integers.Span[row] : row;
        var offsets = _offsets.Span;
        return _bytes.Span[offsets[entry]..offsets[entry + 1]];
    }

    private static void RequireOffsets(ReadOnlyMemory<byte> data, ReadOnlyMemory<int> offsets)
    {
        if (offsets.IsEmpty)
        {
            throw new ArgumentException("Offsets have one more entry than there are values; there are none.", nameof(offsets));
        }

        if (offsets.Span[0] < 0 || offsets.Span[^1] > data.Length)
        {
            throw new ArgumentException("The offsets lead outside of the data.", nameof(offsets));
        }
    }

    private void Begin(ColumnForm form, int rowCount, ReadOnlyMemory<ulong> validity)
    {
        if (!validity.IsEmpty && (long)validity.Length * 64 < rowCount)
        {
            throw new ArgumentException(
                $"The validity bitmap has {validity.Length} words for {rowCount} rows.", nameof(validity));
        }

        (_longs, _integers, _doubles, _floats) = (default, default, default, default);
        (_booleans, _decimals, _bytes, _offsets) = (default, default, default, default);
        (Form, RowCount, _validity) = (form, rowCount, validity);
    }
}
