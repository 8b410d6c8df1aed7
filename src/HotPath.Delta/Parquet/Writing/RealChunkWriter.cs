using System.Runtime.InteropServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// FLOAT and DOUBLE: a dictionary where values recur, otherwise plain, or byte streams where the codec gains by them.
/// </summary>
internal sealed class RealChunkWriter : ChunkWriter
{
    private const double DictionaryGainMin = 0.8;
    private const int TrialValues = 4096;

    private readonly bool _isSingle;
    private readonly RealBounds _bounds;
    private readonly NumberDictionary _dictionary;
    private readonly PageCompressor _compressor;
    private readonly GrowingBuffer _trial = new();
    private double[] _doubles = [];
    private float[] _floats = [];
    private long[] _bits = [];
    private int[] _codes = [];
    private ValueEncoding _encoding;
    private ValueEncoding _otherwise;

    private RealChunkWriter(
        ParquetNode leaf, RealBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
        : base(leaf, bounds, options, compressor)
    {
        _bounds = bounds;
        _compressor = compressor;
        _isSingle = leaf.PhysicalType == PhysicalType.Float;
        _dictionary = new NumberDictionary(options.DictionaryBytesMax / Width);
    }

    protected override int DictionaryEntryCount => _dictionary.Count;

    private int Width => _isSingle ? sizeof(float) : sizeof(double);

    public static RealChunkWriter Of(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor) =>
        new(leaf, new RealBounds(leaf.PhysicalType == PhysicalType.Float), options, compressor);

    protected override bool Accepts(ColumnForm form) => form == (_isSingle ? ColumnForm.Floats : ColumnForm.Doubles);

    protected override int PageRows(int start, int rowsMax) => RowsFor(Width, rowsMax);

    protected override ulong SampleHash(int row) => HashSeed.Hash(
        _isSingle ? BitConverter.SingleToInt32Bits(Vector.FloatValues[row]) : BitConverter.DoubleToInt64Bits(Vector.DoubleValues[row]));

    protected override void ChooseEncoding(int start, int rowsAhead)
    {
        var sample = Sample(start, rowsAhead);
        var bits = 8 * Width;
        var isDictionary = sample.Count > 0 && sample.DictionaryBits(rowsAhead, bits) < DictionaryGainMin * bits;
        _otherwise = isDictionary || IsPlainBetter(start, rowsAhead) ? ValueEncoding.Plain : ValueEncoding.ByteStreamSplit;
        _encoding = isDictionary ? ValueEncoding.RleDictionary : _otherwise;
    }

    protected override ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount) =>
        _isSingle
            ? EncodeFloats(Floats(start, count, words, presentCount))
            : EncodeDoubles(Doubles(start, count, words, presentCount));

    protected override void WriteDictionary(GrowingBuffer output)
    {
        var entries = _dictionary.Entries;
        if (!_isSingle)
        {
            output.Append(MemoryMarshal.AsBytes(entries));
            return;
        }

        var room = MemoryMarshal.Cast<byte, int>(output.Reserve(entries.Length * sizeof(int)));
        IntegerRange.Narrow(entries, room);
        output.Advance(entries.Length * sizeof(int));
    }

    protected override void OnChunkEnd()
    {
        if (_dictionary.Count > 0)
        {
            _dictionary.Clear();
        }
    }

    // Decided by compressing a few thousand values both ways.
    private bool IsPlainBetter(int start, int rowsAhead)
    {
        if (_compressor.Codec == CodecId.Uncompressed || Options.PlainEncodingsOnly)
        {
            return true;
        }

        var count = Math.Min(TrialValues, rowsAhead);
        var plain = _isSingle
            ? MemoryMarshal.AsBytes(Vector.FloatValues.Slice(start, count))
            : MemoryMarshal.AsBytes(Vector.DoubleValues.Slice(start, count));
        var plainBytes = TrialBytes(plain);
        Body.Clear();
        if (_isSingle)
        {
            ByteStreamSplit.Encode(Vector.FloatValues.Slice(start, count), Body);
        }
        else
        {
            ByteStreamSplit.Encode(Vector.DoubleValues.Slice(start, count), Body);
        }

        var splitBytes = TrialBytes(Body.Written);
        Body.Clear();
        return plainBytes <= splitBytes;
    }

    private int TrialBytes(ReadOnlySpan<byte> values) =>
        _compressor.Compress(values, _trial.Reserve(_compressor.BoundBytes(values.Length)));

    private ReadOnlySpan<double> Doubles(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        var values = Vector.DoubleValues.Slice(start, count);
        if (words.IsEmpty)
        {
            return values;
        }

        Grow(ref _doubles, presentCount);
        ValidityWords.Compact(values, words, _doubles);
        return _doubles.AsSpan(0, presentCount);
    }

    private ReadOnlySpan<float> Floats(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        var values = Vector.FloatValues.Slice(start, count);
        if (words.IsEmpty)
        {
            return values;
        }

        Grow(ref _floats, presentCount);
        ValidityWords.Compact(values, words, _floats);
        return _floats.AsSpan(0, presentCount);
    }

    private ValueEncoding EncodeDoubles(ReadOnlySpan<double> values)
    {
        _bounds.Observe(values);
        if (_encoding == ValueEncoding.RleDictionary && TryWriteCodes(MemoryMarshal.Cast<double, long>(values)))
        {
            return ValueEncoding.RleDictionary;
        }

        if (_otherwise == ValueEncoding.ByteStreamSplit)
        {
            ByteStreamSplit.Encode(values, Body);
        }
        else
        {
            Body.Append(MemoryMarshal.AsBytes(values));
        }

        return _otherwise;
    }

    private ValueEncoding EncodeFloats(ReadOnlySpan<float> values)
    {
        _bounds.Observe(values);
        if (_encoding == ValueEncoding.RleDictionary)
        {
            Grow(ref _bits, values.Length);
            IntegerRange.Widen(MemoryMarshal.Cast<float, int>(values), _bits);
            if (TryWriteCodes(_bits.AsSpan(0, values.Length)))
            {
                return ValueEncoding.RleDictionary;
            }
        }

        if (_otherwise == ValueEncoding.ByteStreamSplit)
        {
            ByteStreamSplit.Encode(values, Body);
        }
        else
        {
            Body.Append(MemoryMarshal.AsBytes(values));
        }

        return _otherwise;
    }

    private bool TryWriteCodes(ReadOnlySpan<long> bits)
    {
        Grow(ref _codes, bits.Length);
        if (!_dictionary.TryEncode(bits, _codes))
        {
            _encoding = _otherwise;
            return false;
        }

        WriteCodes(_codes.AsSpan(0, bits.Length));
        return true;
    }
}
