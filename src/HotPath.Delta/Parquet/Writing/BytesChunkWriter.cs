using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// BYTE_ARRAY: strings and binary, given as bytes or as codes. A dictionary where values recur, otherwise lengths in delta
/// and all bytes behind them. Codes are renamed once per vector and row group, not looked up per row.
/// </summary>
internal sealed class BytesChunkWriter : ChunkWriter
{
    private const double DictionaryGainMin = 0.75;
    private const int PageRowsMin = 1;

    private readonly BytesBounds _bounds;
    private readonly BytesDictionary _dictionary;
    private int[] _renamed = []; // by code of the vector; -1 = not met yet
    private int[] _met = []; // the codes with a name, so that only these are forgotten
    private int _metCount;
    private int[] _pageOfCode = []; // by code of the dictionary: the last page that used it
    private int _page;
    private int[] _codes = [];
    private long[] _lengths = [];
    private ValueEncoding _encoding;

    private BytesChunkWriter(
        ParquetNode leaf, BytesBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
        : base(leaf, bounds, options, compressor)
    {
        _bounds = bounds;
        _dictionary = new BytesDictionary(options.DictionaryBytesMax);
    }

    protected override int DictionaryEntryCount => _dictionary.Count;

    private ValueEncoding Otherwise => Options.PlainEncodingsOnly ? ValueEncoding.Plain : ValueEncoding.DeltaLengthByteArray;

    public static BytesChunkWriter Of(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor) =>
        new(leaf, new BytesBounds(leaf.Logical == LogicalKind.String, options.StatisticsBytesMax), options, compressor);

    protected override bool Accepts(ColumnForm form) => form is ColumnForm.Bytes or ColumnForm.Codes;

    protected override void OnVector()
    {
        if (Vector.Form != ColumnForm.Codes)
        {
            return;
        }

        var entries = Vector.Offsets.Length - 1;
        if (_renamed.Length < entries)
        {
            var known = _renamed.Length;
            Array.Resize(ref _renamed, Math.Max(entries, 2 * known));
            _renamed.AsSpan(known).Fill(-1);
        }
    }

    protected override void OnVectorEnd() => ForgetNames();

    protected override int PageRows(int start, int rowsMax)
    {
        if (_encoding == ValueEncoding.RleDictionary)
        {
            return RowsFor(sizeof(int), rowsMax);
        }

        return Vector.Form == ColumnForm.Codes ? CodedPageRows(start, rowsMax) : BytesPageRows(start, rowsMax);
    }

    protected override ulong SampleHash(int row) => HashSeed.Hash(Vector.BytesAt(row));

    protected override void ChooseEncoding(int start, int rowsAhead)
    {
        if (Vector.Form == ColumnForm.Codes)
        {
            _encoding = ValueEncoding.RleDictionary;
            return;
        }

        var sample = Sample(start, rowsAhead);
        var offsets = Vector.Offsets;
        var end = Math.Min(start + rowsAhead, Vector.RowCount);
        var lengthBits = 8.0 * (offsets[end] - offsets[start]) / Math.Max(1, end - start);
        var dictionaryBits = sample.DictionaryBits(rowsAhead, lengthBits + 8 * sizeof(int));
        var isDictionary = sample.Count > 0 && dictionaryBits < DictionaryGainMin * (lengthBits + 8);
        _encoding = isDictionary ? ValueEncoding.RleDictionary : Otherwise;
    }

    protected override ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        if (_encoding == ValueEncoding.RleDictionary)
        {
            Grow(ref _codes, presentCount);
            if (Vector.Form == ColumnForm.Codes ? TryRename(start, count) : TryLookUp(start, count, words))
            {
                ObserveCodes(_codes.AsSpan(0, presentCount));
                WriteCodes(_codes.AsSpan(0, presentCount));
                return ValueEncoding.RleDictionary;
            }

            _encoding = Otherwise;
        }

        Grow(ref _lengths, presentCount);
        var bytes = Measure(start, count, words);
        if (_encoding == ValueEncoding.DeltaLengthByteArray)
        {
            DeltaBinaryEncoder.Encode(_lengths.AsSpan(0, presentCount), is32Bits: true, Body);
        }

        WriteBytes(start, count, words, bytes, isPrefixed: _encoding == ValueEncoding.Plain);
        return _encoding;
    }

    protected override void WriteDictionary(GrowingBuffer output) => output.Append(_dictionary.PlainValues);

    protected override void OnChunkEnd()
    {
        _dictionary.Clear();
        ForgetNames();
        Array.Clear(_pageOfCode);
        _page = 0;
    }

    private void ForgetNames()
    {
        foreach (var code in _met.AsSpan(0, _metCount))
        {
            _renamed[code] = -1;
        }

        _metCount = 0;
    }

    private int CodedPageRows(int start, int rowsMax)
    {
        var bytes = 0L;
        var rows = 0;
        while (rows < rowsMax && (rows < PageRowsMin || bytes < Options.PageBytes))
        {
            bytes += Vector.BytesAt(start + rows).Length;
            rows++;
        }

        return rows;
    }

    private int BytesPageRows(int start, int rowsMax)
    {
        var offsets = Vector.Offsets.Slice(start, rowsMax + 1);
        var limit = (long)offsets[0] + Options.PageBytes;
        if (offsets[rowsMax] <= limit)
        {
            return rowsMax;
        }

        var rows = offsets.BinarySearch((int)Math.Min(limit, int.MaxValue));
        rows = rows < 0 ? ~rows : rows;
        return Math.Clamp(rows, PageRowsMin, rowsMax);
    }

    private bool TryRename(int start, int count)
    {
        var codes = Vector.CodeValues.Slice(start, count);
        var renamed = _renamed;
        var output = _codes;
        var at = 0;
        foreach (var code in codes)
        {
            if (code < 0)
            {
                continue;
            }

            var name = renamed[code];
            if (name < 0)
            {
                name = Rename(code);
                if (name < 0)
                {
                    return false;
                }
            }

            output[at++] = name;
        }

        return true;
    }

    private int Rename(int code)
    {
        var offsets = Vector.Offsets;
        var name = _dictionary.GetOrAdd(Vector.Data[offsets[code]..offsets[code + 1]]);
        if (name >= 0)
        {
            if (_metCount == _met.Length)
            {
                Array.Resize(ref _met, Math.Max(256, 2 * _metCount));
            }

            _met[_metCount++] = code;
            _renamed[code] = name;
        }

        return name;
    }

    private bool TryLookUp(int start, int count, ReadOnlySpan<ulong> words)
    {
        var offsets = Vector.Offsets.Slice(start, count + 1);
        var data = Vector.Data;
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            if (!words.IsEmpty && (words[i >> 6] >> (i & 63) & 1) == 0)
            {
                continue;
            }

            var code = _dictionary.GetOrAdd(data[offsets[i]..offsets[i + 1]]);
            if (code < 0)
            {
                return false;
            }

            _codes[at++] = code;
        }

        return true;
    }

    // The first use of an entry in a page compares it; prefixes of 8 bytes decide nearly always.
    private void ObserveCodes(ReadOnlySpan<int> codes)
    {
        if (codes.IsEmpty)
        {
            return;
        }

        if (_pageOfCode.Length < _dictionary.Count)
        {
            Array.Resize(ref _pageOfCode, Math.Max(_dictionary.Count, 2 * _pageOfCode.Length));
        }

        var page = ++_page;
        var pageOfCode = _pageOfCode;
        var (min, max) = (codes[0], codes[0]);
        foreach (var code in codes)
        {
            if (pageOfCode[code] != page)
            {
                pageOfCode[code] = page;
                min = Compare(code, min) < 0 ? code : min;
                max = Compare(code, max) > 0 ? code : max;
            }
        }

        _bounds.Observe(_dictionary[min], _dictionary[max]);
    }

    private int Compare(int a, int b)
    {
        var order = _dictionary.PrefixAt(a).CompareTo(_dictionary.PrefixAt(b));
        return order != 0 ? order : _dictionary[a].SequenceCompareTo(_dictionary[b]);
    }

    // Fills the lengths of present values, observes their bounds and returns the sum. Of most values eight bytes decide
    // that they are no bound.
    private long Measure(int start, int count, ReadOnlySpan<ulong> words)
    {
        var source = new BytesSource(Vector);
        var lengths = _lengths;
        var at = 0;
        var total = 0L;
        var (min, max) = (-1, -1);
        var (minPrefix, maxPrefix) = (ulong.MaxValue, 0UL);
        for (var i = 0; i < count; i++)
        {
            if (!words.IsEmpty && (words[i >> 6] >> (i & 63) & 1) == 0)
            {
                continue;
            }

            var value = source[start + i];
            lengths[at++] = value.Length;
            total += value.Length;
            var prefix = BytesDictionary.PrefixOf(value);
            if (prefix <= minPrefix && (min < 0 || prefix < minPrefix || value.SequenceCompareTo(source[min]) < 0))
            {
                (min, minPrefix) = (start + i, prefix);
            }

            if (prefix >= maxPrefix && (max < 0 || prefix > maxPrefix || value.SequenceCompareTo(source[max]) > 0))
            {
                (max, maxPrefix) = (start + i, prefix);
            }
        }

        if (min >= 0)
        {
            _bounds.Observe(source[min], source[max]);
        }

        return total;
    }

    private void WriteBytes(int start, int count, ReadOnlySpan<ulong> words, long bytes, bool isPrefixed)
    {
        if (!isPrefixed && Vector.Form == ColumnForm.Bytes)
        {
            var offsets = Vector.Offsets;
            if (offsets[start + count] - offsets[start] == bytes)
            {
                // Nothing lies between the values: one copy.
                Body.Append(Vector.Data[offsets[start]..offsets[start + count]]);
                return;
            }
        }

        var source = new BytesSource(Vector);
        for (var i = 0; i < count; i++)
        {
            if (!words.IsEmpty && (words[i >> 6] >> (i & 63) & 1) == 0)
            {
                continue;
            }

            var value = source[start + i];
            if (isPrefixed)
            {
                BinaryPrimitives.WriteInt32LittleEndian(Body.Reserve(sizeof(int)), value.Length);
                Body.Advance(sizeof(int));
            }

            Body.Append(value);
        }
    }

    /// <summary>The values of a vector by row, without asking its form and its memory again for each.</summary>
    private readonly ref struct BytesSource(ColumnVector vector)
    {
        private readonly ReadOnlySpan<byte> _data = vector.Data;
        private readonly ReadOnlySpan<int> _offsets = vector.Offsets;
        private readonly ReadOnlySpan<int> _codes = vector.Form == ColumnForm.Codes ? vector.CodeValues : default;

        public ReadOnlySpan<byte> this[int row]
        {
            get
            {
                var entry = _codes.IsEmpty ? row : _codes[row];
                var start = _offsets[entry];
                return _data.Slice(start, _offsets[entry + 1] - start);
            }
        }
    }
}
