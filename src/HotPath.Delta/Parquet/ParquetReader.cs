using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Reading;

namespace HotPath.Delta.Parquet;

/// <summary>
/// Reads Parquet files of any writer: footer first, then single columns of single row groups, so that what is not asked
/// for costs nothing. Files may be damaged or hostile: what cannot be read rightly is refused with
/// <see cref="ParquetFormatException"/>, within the memory of <see cref="ParquetReaderOptions"/>.
/// Any number of threads may read from one reader.
/// </summary>
public sealed class ParquetReader
{
    // Files of parquet-mr before 1.2.9 leave the header of the dictionary page out of the chunk's length.
    private const int ShortChunkBytes = 100;

    private readonly IRandomAccess _source;
    private readonly ParquetReaderOptions _options;
    private readonly FileMetadata _metadata;
    private readonly LentArrays? _arrays;

    private ParquetReader(IRandomAccess source, ParquetReaderOptions options, LentArrays? arrays = null)
    {
        (_source, _options, _arrays) = (source, options, arrays);
        _metadata = FooterReader.Read(source);
    }

    public ParquetSchema Schema => _metadata.Schema;

    public IReadOnlyList<ParquetRowGroup> RowGroups => _metadata.RowGroups;

    public long RowCount => _metadata.RowCount;

    public string? CreatedBy => _metadata.CreatedBy;

    public static ParquetReader Open(IRandomAccess source, ParquetReaderOptions? options = null) =>
        new(source, options ?? new ParquetReaderOptions());

    public static ParquetReader Open(ReadOnlyMemory<byte> file, ParquetReaderOptions? options = null) =>
        Open(new MemoryBytes(file), options);

    /// <summary>One whose columns lie in arrays that its caller takes back. Used by one thread.</summary>
    internal static ParquetReader Open(IRandomAccess source, LentArrays arrays) => new(source, new ParquetReaderOptions(), arrays);

    /// <summary>Reads the levels and values of a leaf, nested or not, as they are stored.</summary>
    public LeafColumn ReadLeaf(int rowGroup, ParquetNode leaf) => ReadLeaf(rowGroup, leaf, Budget());

    /// <summary>As <see cref="ReadLeaf(int, ParquetNode)"/>, with the values in the form of the leaf's Delta type.</summary>
    internal LeafColumn ReadConverted(int rowGroup, ParquetNode leaf)
    {
        var budget = Budget();
        var stored = ReadLeaf(rowGroup, leaf, budget);
        try
        {
            var type = leaf.ColumnType ?? throw new ParquetFormatException($"no Delta type stands for {leaf.PhysicalType} ({leaf.Logical})");
            var values = LeafConversion.Convert(leaf, stored.Values, type, budget);
            return new LeafColumn(leaf, stored.EntryCount, stored.DefinitionLevels, stored.RepetitionLevels, values);
        }
        catch (ParquetFormatException refused)
        {
            throw Located(refused, leaf, rowGroup, null);
        }
    }

    /// <summary>
    /// Reads a leaf that is not repeated as one value per row, in its own Delta type or one that it widens to:
    /// byte, short, integer, long; these to double or decimal; float to double; decimal to more digits.
    /// </summary>
    public ColumnVector ReadColumn(int rowGroup, ParquetNode leaf, ColumnType? wanted = null)
    {
        var budget = Budget();
        var stored = ReadLeaf(rowGroup, leaf, budget);
        try
        {
            if (leaf.RepetitionLevelMax > 0)
            {
                throw new ParquetFormatException("it is repeated: it has no one value per row");
            }

            var type = wanted ?? leaf.ColumnType ?? throw new ParquetFormatException($"no Delta type stands for {leaf.PhysicalType} ({leaf.Logical})");
            var values = LeafConversion.Convert(leaf, stored.Values, type, budget);
            return leaf.DefinitionLevelMax == 0
                ? values
                : RowSpread.Spread(values, stored.DefinitionLevels.Span, leaf.DefinitionLevelMax, budget);
        }
        catch (ParquetFormatException refused)
        {
            throw Located(refused, leaf, rowGroup, null);
        }
    }

    /// <summary>
    /// Reads the rows of a row group for a flat table. Columns are found by name; those that the file does not have are
    /// null in all rows.
    /// </summary>
    public ColumnBatch ReadBatch(int rowGroup, IReadOnlyList<Column> columns)
    {
        var rows = RowsOf(rowGroup);
        var vectors = new ColumnVector[columns.Count];
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Schema.FindLeaf(columns[i].Name) is { } leaf
                ? ReadColumn(rowGroup, leaf, columns[i].Type)
                : RowSpread.Nulls(columns[i].Type, rows, Budget());
        }

        return new ColumnBatch(vectors, rows);
    }

    private static ParquetFormatException Located(Exception refused, ParquetNode leaf, int rowGroup, long? offset)
    {
        var place = offset is { } at ? $" at offset {at}" : "";
        return new ParquetFormatException($"Column '{leaf}' of row group {rowGroup}{place}: {refused.Message}.", refused);
    }

    // An entry with repetition level 0 begins a row, so the first one has to.
    private static void RequireRows(LeafColumn column, long rowCount)
    {
        var repetition = column.RepetitionLevels.Span;
        var rows = repetition.IsEmpty ? column.EntryCount : repetition.Count((byte)0);
        if (rows != rowCount)
        {
            throw new ParquetFormatException($"its entries make {rows} rows instead of {rowCount}");
        }

        if (!repetition.IsEmpty && repetition[0] != 0)
        {
            throw new ParquetFormatException("its first entry continues a row that did not begin");
        }
    }

    private int RowsOf(int rowGroup)
    {
        var rows = RowGroups[rowGroup].RowCount;
        return rows <= Array.MaxLength
            ? (int)rows
            : throw new ParquetFormatException($"Row group {rowGroup} has {rows} rows, more than an array holds.");
    }

    private ReadBudget Budget()
    {
        var perFile = Math.Min(_source.Length, long.MaxValue / 4 / Math.Max(1, _options.MemoryBytesPerFileByte))
            * _options.MemoryBytesPerFileByte;
        return new ReadBudget(_options.MemoryBytesBase + perFile, _arrays);
    }

    private LeafColumn ReadLeaf(int rowGroup, ParquetNode leaf, ReadBudget budget)
    {
        var chunk = RowGroups[rowGroup].Chunks[leaf.LeafIndex];
        var position = 0;
        try
        {
            var bytes = Math.Min(chunk.CompressedBytes + ShortChunkBytes, _source.Length - chunk.Offset);
            if (bytes > Array.MaxLength)
            {
                throw new ParquetFormatException($"a chunk of {bytes} bytes, more than an array holds");
            }

            var stored = Array.Empty<byte>();
            budget.Grow(ref stored, bytes);
            FooterReader.ReadExactly(_source, chunk.Offset, stored.AsSpan(0, (int)bytes));
            var reader = new ChunkReader(chunk, budget, _options.VerifyChecksums);
            try
            {
                var column = reader.Read(stored.AsSpan(0, (int)bytes));
                RequireRows(column, RowGroups[rowGroup].RowCount);
                return column;
            }
            finally
            {
                position = reader.Position;
            }
        }
        catch (ParquetFormatException refused)
        {
            throw Located(refused, leaf, rowGroup, chunk.Offset + position);
        }
    }
}
