using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>FIXED_LEN_BYTE_ARRAY for decimals over 18 digits: big-endian two's complement, PLAIN.</summary>
internal sealed class WideChunkWriter : ChunkWriter
{
    private readonly WideBounds _bounds;
    private readonly Int128 _valueMax;
    private Int128[] _present = [];

    private WideChunkWriter(ParquetNode leaf, WideBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
        : base(leaf, bounds, options, compressor)
    {
        _bounds = bounds;
        var limit = Int128.One;
        for (var i = 0; i < leaf.Precision; i++)
        {
            limit *= 10;
        }

        _valueMax = limit - 1;
    }

    protected override int DictionaryEntryCount => 0;

    public static WideChunkWriter Of(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor) =>
        new(leaf, new WideBounds(leaf.TypeBytes), options, compressor);

    protected override bool Accepts(ColumnForm form) => form == ColumnForm.Decimals;

    protected override int PageRows(int start, int rowsMax) => RowsFor(Leaf.TypeBytes, rowsMax);

    protected override void ChooseEncoding(int start, int rowsAhead)
    {
    }

    protected override ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        var values = Vector.DecimalValues.Slice(start, count);
        if (!words.IsEmpty)
        {
            Grow(ref _present, presentCount);
            ValidityWords.Compact(values, words, _present);
            values = _present.AsSpan(0, presentCount);
        }

        if (values.IsEmpty)
        {
            return ValueEncoding.Plain;
        }

        var bytes = Leaf.TypeBytes;
        var room = Body.Reserve(values.Length * bytes);
        var (min, max) = (values[0], values[0]);
        Span<byte> whole = stackalloc byte[16];
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            min = Int128.Min(min, value);
            max = Int128.Max(max, value);
            BinaryPrimitives.WriteInt128BigEndian(whole, value);
            whole[(16 - bytes)..].CopyTo(room[(i * bytes)..]);
        }

        if (max > _valueMax || min < -_valueMax)
        {
            throw new ArgumentException($"Column '{Leaf.PathText}' of {Leaf.ColumnType} cannot hold {(max > _valueMax ? max : min)}.");
        }

        _bounds.Observe(min, max);
        Body.Advance(values.Length * bytes);
        return ValueEncoding.Plain;
    }

    protected override void WriteDictionary(GrowingBuffer output)
    {
    }

    protected override void OnChunkEnd()
    {
    }
}
