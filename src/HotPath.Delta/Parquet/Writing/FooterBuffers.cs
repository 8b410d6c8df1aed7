using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>The serialized metadata and indexes of the chunks written so far, until the file ends. One thread at a time.</summary>
/// <remarks>
/// <code>
/// ColumnMetaData = 1 type, 2 encodings, 3 path, 4 codec, 5 values with nulls, 6 uncompressed bytes, 7 stored bytes,
///                  9 first data page, [11 dictionary page], 12 statistics, 13 page counts by encoding
/// Statistics     = 3 null count, 5 max, 6 min, 7 max is exact, 8 min is exact, [9 NaN count]
/// ColumnIndex    = 1 all-null pages, 2 mins, 3 maxs, 4 order (0 none, 1 rising, 2 falling), 5 null counts
/// OffsetIndex    = 1 list of (1 offset, 2 bytes with header, 3 first row)
/// </code>
/// </remarks>
internal sealed class FooterBuffers
{
    private readonly CompactWriter _metadata = new(new GrowingBuffer());
    private readonly CompactWriter _columnIndexes = new(new GrowingBuffer());
    private readonly CompactWriter _offsetIndexes = new(new GrowingBuffer());
    private readonly GrowingBuffer _bound = new(256);

    public ReadOnlySpan<byte> ColumnIndexes => _columnIndexes.Buffer.Written;

    public ReadOnlySpan<byte> OffsetIndexes => _offsetIndexes.Buffer.Written;

    public ReadOnlySpan<byte> Metadata(in ChunkRecord record) =>
        _metadata.Buffer.Written.Slice(record.MetadataAt, record.MetadataBytes);

    public void Clear()
    {
        _metadata.Buffer.Clear();
        _columnIndexes.Buffer.Clear();
        _offsetIndexes.Buffer.Clear();
    }

    public void AppendMetadata(ref ChunkRecord record, ChunkWriter chunk, ChunkTotals totals, CodecId codec, long dataOffset)
    {
        record.MetadataAt = _metadata.Buffer.Count;
        var leaf = chunk.Leaf;
        _metadata.BeginStruct();
        _metadata.Int32(1, (int)leaf.PhysicalType);
        WriteEncodings(leaf, totals);
        _metadata.BeginList(3, CompactType.Binary, leaf.Path.Count);
        for (var i = 0; i < leaf.Path.Count; i++)
        {
            _metadata.StringElement(leaf.Path[i]);
        }

        _metadata.Int32(4, (int)codec);
        _metadata.Int64(5, totals.ValueCount);
        _metadata.Int64(6, totals.UncompressedBytes);
        _metadata.Int64(7, record.CompressedBytes);
        _metadata.Int64(9, dataOffset);
        if (totals.DictionaryPageCount > 0)
        {
            _metadata.Int64(11, record.Offset);
        }

        WriteStatistics(chunk.Bounds, totals.NullCount);
        WriteEncodingStats(totals);
        _metadata.EndStruct();
        record.MetadataBytes = _metadata.Buffer.Count - record.MetadataAt;
    }

    public void AppendIndexes(ref ChunkRecord record, PageTable pages, ColumnBounds bounds, long dataOffset)
    {
        record.OffsetIndexAt = _offsetIndexes.Buffer.Count;
        WriteOffsetIndex(pages, dataOffset);
        record.OffsetIndexBytes = _offsetIndexes.Buffer.Count - record.OffsetIndexAt;
        if (pages.IsIndexable)
        {
            record.ColumnIndexAt = _columnIndexes.Buffer.Count;
            WriteColumnIndex(pages, bounds);
            record.ColumnIndexBytes = _columnIndexes.Buffer.Count - record.ColumnIndexAt;
        }
    }

    private void WriteEncodings(ParquetNode leaf, ChunkTotals totals)
    {
        var hasLevels = leaf.DefinitionLevelMax > 0;
        var hasDictionary = totals.DictionaryPageCount > 0;
        var count = (hasLevels ? 1 : 0) + (hasDictionary && totals.PagesByEncoding[(int)ValueEncoding.Plain] == 0 ? 1 : 0);
        foreach (var pages in totals.PagesByEncoding)
        {
            count += pages > 0 ? 1 : 0;
        }

        _metadata.BeginList(2, CompactType.Int32, count);
        for (var encoding = 0; encoding < totals.PagesByEncoding.Length; encoding++)
        {
            // The dictionary page itself is PLAIN.
            if (totals.PagesByEncoding[encoding] > 0 || (encoding == (int)ValueEncoding.Plain && hasDictionary))
            {
                _metadata.Int32Element(encoding);
            }
        }

        if (hasLevels)
        {
            _metadata.Int32Element((int)ValueEncoding.Rle);
        }
    }

    private void WriteStatistics(ColumnBounds bounds, long nullCount)
    {
        _metadata.BeginStruct(12);
        _metadata.Int64(3, nullCount);
        if (bounds.HasChunkMax)
        {
            _bound.Clear();
            bounds.AppendChunkMax(_bound);
            _metadata.Binary(5, _bound.Written);
        }

        if (bounds.ChunkHasBounds)
        {
            _bound.Clear();
            bounds.AppendChunkMin(_bound);
            _metadata.Binary(6, _bound.Written);
            if (bounds.HasChunkMax)
            {
                _metadata.Bool(7, bounds.IsChunkMaxExact);
            }

            _metadata.Bool(8, bounds.IsChunkMinExact);
        }

        if (bounds is RealBounds)
        {
            _metadata.Int64(9, bounds.ChunkNanCount);
        }

        _metadata.EndStruct();
    }

    private void WriteEncodingStats(ChunkTotals totals)
    {
        var count = totals.DictionaryPageCount > 0 ? 1 : 0;
        foreach (var pages in totals.PagesByEncoding)
        {
            count += pages > 0 ? 1 : 0;
        }

        _metadata.BeginList(13, CompactType.Struct, count);
        if (totals.DictionaryPageCount > 0)
        {
            WriteEncodingStat(PageKind.Dictionary, ValueEncoding.Plain, 1);
        }

        for (var encoding = 0; encoding < totals.PagesByEncoding.Length; encoding++)
        {
            if (totals.PagesByEncoding[encoding] > 0)
            {
                WriteEncodingStat(PageKind.Data, (ValueEncoding)encoding, totals.PagesByEncoding[encoding]);
            }
        }
    }

    private void WriteEncodingStat(PageKind kind, ValueEncoding encoding, int pages)
    {
        _metadata.BeginStruct();
        _metadata.Int32(1, (int)kind);
        _metadata.Int32(2, (int)encoding);
        _metadata.Int32(3, pages);
        _metadata.EndStruct();
    }

    private void WriteOffsetIndex(PageTable pages, long dataOffset)
    {
        _offsetIndexes.BeginStruct();
        _offsetIndexes.BeginList(1, CompactType.Struct, pages.Count);
        foreach (ref readonly var page in pages.Entries)
        {
            _offsetIndexes.BeginStruct();
            _offsetIndexes.Int64(1, dataOffset + page.Offset);
            _offsetIndexes.Int32(2, page.Bytes);
            _offsetIndexes.Int64(3, page.FirstRow);
            _offsetIndexes.EndStruct();
        }

        _offsetIndexes.EndStruct();
    }

    private void WriteColumnIndex(PageTable pages, ColumnBounds bounds)
    {
        var order = bounds.IsAscending ? 1 : bounds.IsDescending ? 2 : 0;
        var index = _columnIndexes;
        index.BeginStruct();
        index.BeginList(1, CompactType.True, pages.Count);
        foreach (ref readonly var page in pages.Entries)
        {
            index.BoolElement(page.IsAllNull);
        }

        index.BeginList(2, CompactType.Binary, pages.Count);
        foreach (ref readonly var page in pages.Entries)
        {
            index.BinaryElement(pages.Min(page));
        }

        index.BeginList(3, CompactType.Binary, pages.Count);
        foreach (ref readonly var page in pages.Entries)
        {
            index.BinaryElement(pages.Max(page));
        }

        index.Int32(4, order);
        index.BeginList(5, CompactType.Int64, pages.Count);
        foreach (ref readonly var page in pages.Entries)
        {
            index.Int64Element(page.NullCount);
        }

        index.EndStruct();
    }
}
