using System.Runtime.InteropServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>INT32 and INT64: whole numbers, dates, timestamps and decimals up to 18 digits. Delta by default.</summary>
internal sealed class IntegerChunkWriter : ChunkWriter
{
    // Delta is faster to write and to read, so a dictionary must save a sixth to be chosen.
    private const double DictionaryGainMin = 0.85;
    private const int SampledBlocks = 8;
    private const int BlockValues = 129;

    private readonly bool _is32Bits;
    private readonly long _valueMin;
    private readonly long _valueMax;
    private readonly IntegerBounds _bounds;
    private readonly NumberDictionary _dictionary;
    private readonly ColumnForm _form;
    private long[] _wide = [];
    private long[] _present = [];
    private int[] _codes = [];
    private ValueEncoding _encoding;

    private IntegerChunkWriter(
        ParquetNode leaf, IntegerBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
        : base(leaf, bounds, options, compressor)
    {
        _bounds = bounds;
        _is32Bits = leaf.PhysicalType == PhysicalType.Int32;
        _dictionary = new NumberDictionary(options.DictionaryBytesMax / (_is32Bits ? sizeof(int) : sizeof(long)));
        (_form, _valueMax) = FormAndMax(leaf);
        _valueMin = leaf.Logical == LogicalKind.Decimal ? -_valueMax : -_valueMax - 1;
    }

    protected override int DictionaryEntryCount => _dictionary.Count;

    public static IntegerChunkWriter Of(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor)
    {
        var bytes = leaf.PhysicalType == PhysicalType.Int32 ? sizeof(int) : sizeof(long);
        return new(leaf, new IntegerBounds(bytes, leaf.Logical == LogicalKind.Decimal), options, compressor);
    }

    protected override bool Accepts(ColumnForm form) => form == _form;

    protected override int PageRows(int start, int rowsMax) => RowsFor(_is32Bits ? sizeof(int) : sizeof(long), rowsMax);

    protected override ulong SampleHash(int row) => HashSeed.Hash(_form switch
    {
        ColumnForm.Longs => Vector.LongValues[row],
        ColumnForm.Integers => Vector.IntegerValues[row],
        _ => (long)Vector.DecimalValues[row],
    });

    protected override void ChooseEncoding(int start, int rowsAhead)
    {
        var sample = Sample(start, rowsAhead);
        var otherwise = Options.PlainEncodingsOnly ? ValueEncoding.Plain : ValueEncoding.DeltaBinaryPacked;
        var bits = _is32Bits ? 32 : 64;
        var otherwiseBits = Options.PlainEncodingsOnly ? bits : DeltaBits(start, rowsAhead);
        var isDictionary = sample.Count > 0 && sample.DictionaryBits(rowsAhead, bits) < DictionaryGainMin * otherwiseBits;
        _encoding = isDictionary ? ValueEncoding.RleDictionary : otherwise;
    }

    protected override ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        var values = Load(start, count);
        if (!words.IsEmpty)
        {
            Grow(ref _present, presentCount);
            ValidityWords.Compact(values, words, _present);
            values = _present.AsSpan(0, presentCount);
        }

        Observe(values);
        if (_encoding == ValueEncoding.RleDictionary)
        {
            Grow(ref _codes, values.Length);
            if (_dictionary.TryEncode(values, _codes))
            {
                WriteCodes(_codes.AsSpan(0, values.Length));
                return ValueEncoding.RleDictionary;
            }

            _encoding = Options.PlainEncodingsOnly ? ValueEncoding.Plain : ValueEncoding.DeltaBinaryPacked;
        }

        if (_encoding == ValueEncoding.DeltaBinaryPacked)
        {
            DeltaBinaryEncoder.Encode(values, _is32Bits, Body);
            return _encoding;
        }

        WritePlain(values, Body);
        return ValueEncoding.Plain;
    }

    protected override void WriteDictionary(GrowingBuffer output) => WritePlain(_dictionary.Entries, output);

    protected override void OnChunkEnd()
    {
        if (_dictionary.Count > 0)
        {
            _dictionary.Clear();
        }
    }

    private static (ColumnForm Form, long ValueMax) FormAndMax(ParquetNode leaf)
    {
        if (leaf.Logical == LogicalKind.Decimal)
        {
            var limit = 1L;
            for (var i = 0; i < leaf.Precision; i++)
            {
                limit *= 10;
            }

            return (ColumnForm.Decimals, limit - 1);
        }

        return (leaf.PhysicalType, leaf.IntegerBits) switch
        {
            (PhysicalType.Int32, 8) => (ColumnForm.Integers, sbyte.MaxValue),
            (PhysicalType.Int32, 16) => (ColumnForm.Integers, short.MaxValue),
            (PhysicalType.Int32, _) => (ColumnForm.Integers, int.MaxValue),
            _ => (ColumnForm.Longs, long.MaxValue),
        };
    }

    private double DeltaBits(int start, int rowsAhead)
    {
        var (bytes, values) = (0L, 0L);
        var end = Math.Min(start + rowsAhead, Vector.RowCount);
        var step = Math.Max(BlockValues, (end - start) / SampledBlocks);
        for (var at = start; at + 1 < end; at += step)
        {
            var block = Load(at, Math.Min(BlockValues, end - at));
            bytes += DeltaBinaryEncoder.EstimateBlockBytes(block, _is32Bits);
            values += block.Length - 1;
        }

        return values == 0 ? 64 : 8.0 * bytes / values;
    }

    private void Observe(ReadOnlySpan<long> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var (min, max) = IntegerRange.Of(values);
        if (min < _valueMin || max > _valueMax)
        {
            throw new ArgumentException(
                $"Column '{Leaf.PathText}' of {Leaf.ColumnType} cannot hold {(max > _valueMax ? max : min)}.");
        }

        _bounds.Observe(min, max);
    }

    private ReadOnlySpan<long> Load(int start, int count)
    {
        if (_form == ColumnForm.Longs)
        {
            return Vector.LongValues.Slice(start, count);
        }

        Grow(ref _wide, count);
        if (_form == ColumnForm.Integers)
        {
            IntegerRange.Widen(Vector.IntegerValues.Slice(start, count), _wide);
            return _wide.AsSpan(0, count);
        }

        var decimals = Vector.DecimalValues.Slice(start, count);
        for (var i = 0; i < count; i++)
        {
            // Beyond 64 bits is beyond 18 digits: such a value is refused with the bounds, if it is present at all.
            _wide[i] = long.CreateSaturating(decimals[i]);
        }

        return _wide.AsSpan(0, count);
    }

    private void WritePlain(ReadOnlySpan<long> values, GrowingBuffer output)
    {
        if (!_is32Bits)
        {
            output.Append(MemoryMarshal.AsBytes(values));
            return;
        }

        var room = MemoryMarshal.Cast<byte, int>(output.Reserve(values.Length * sizeof(int)));
        IntegerRange.Narrow(values, room);
        output.Advance(values.Length * sizeof(int));
    }
}
