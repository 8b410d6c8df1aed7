using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>BOOLEAN: one bit per value, PLAIN.</summary>
internal sealed class BooleanChunkWriter : ChunkWriter
{
    private readonly IntegerBounds _bounds;
    private bool[] _present = [];

    private BooleanChunkWriter(
        ParquetNode leaf, IntegerBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
        : base(leaf, bounds, options, compressor) => _bounds = bounds;

    protected override int DictionaryEntryCount => 0;

    public static BooleanChunkWriter Of(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor) =>
        new(leaf, new IntegerBounds(1, isDecimal: false), options, compressor);

    protected override bool Accepts(ColumnForm form) => form == ColumnForm.Booleans;

    protected override int PageRows(int start, int rowsMax) => RowsFor(1, rowsMax);

    protected override void ChooseEncoding(int start, int rowsAhead)
    {
    }

    protected override ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount)
    {
        var values = Vector.BooleanValues.Slice(start, count);
        if (!words.IsEmpty)
        {
            Grow(ref _present, presentCount);
            ValidityWords.Compact(values, words, _present);
            values = _present.AsSpan(0, presentCount);
        }

        if (!values.IsEmpty)
        {
            _bounds.Observe(values.Contains(false) ? 0 : 1, values.Contains(true) ? 1 : 0);
            WriteBits(values);
        }

        return ValueEncoding.Plain;
    }

    protected override void WriteDictionary(GrowingBuffer output)
    {
    }

    protected override void OnChunkEnd()
    {
    }

    private void WriteBits(ReadOnlySpan<bool> values)
    {
        var bytes = (values.Length + 7) >> 3;
        var room = Body.Reserve(bytes)[..bytes];
        var at = 0;
        for (; values.Length >= 64; values = values[64..])
        {
            var isFalse = Vector512.Equals(
                Vector512.Create<byte>(MemoryMarshal.AsBytes(values)), Vector512<byte>.Zero);
            MemoryMarshal.Write(room[at..], ~isFalse.ExtractMostSignificantBits());
            at += sizeof(ulong);
        }

        room[at..].Clear();
        for (var i = 0; i < values.Length; i++)
        {
            room[at + (i >> 3)] |= (byte)((values[i] ? 1 : 0) << (i & 7));
        }

        Body.Advance(bytes);
    }
}
