using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// One column of the row group being written: pages are encoded and compressed as rows come and kept in memory until the
/// group is flushed. Subclasses encode values of one physical kind. One thread at a time; reused for all row groups.
/// </summary>
internal abstract class ChunkWriter
{
    // A chunk whose first page loses less than 1 / 32 to the codec is stored: its values are packed already.
    private const int WorthwhileShare = 32;

    private readonly ParquetWriterOptions _options;
    private readonly PageCompressor _compressor;
    private readonly GrowingBuffer _pages = new();
    private readonly GrowingBuffer _compressed = new();
    private readonly GrowingBuffer _dictionaryPage = new();
    private readonly PageTable _pageTable = new();
    private readonly CardinalitySample _sample = new();
    private readonly ChunkTotals _totals = new();
    private readonly CompactWriter _header;
    private readonly CompactWriter _dictionaryHeader;
    private ulong[] _words = [];
    private int[] _levels = [];
    private bool _isChosen;
    private bool _isStored;

    protected ChunkWriter(ParquetNode leaf, ColumnBounds bounds, ParquetWriterOptions options, PageCompressor compressor)
    {
        (Leaf, Bounds, _options, _compressor) = (leaf, bounds, options, compressor);
        _header = new CompactWriter(_pages);
        _dictionaryHeader = new CompactWriter(_dictionaryPage);
        _isStored = compressor.Codec == CodecId.Uncompressed;
    }

    public ParquetNode Leaf { get; }

    public ColumnBounds Bounds { get; }

    public long FileNullCount { get; private set; }

    /// <summary>What the chunk takes in memory so far.</summary>
    public int EncodedBytes => _pages.Count;

    protected ParquetWriterOptions Options => _options;

    protected GrowingBuffer Body { get; } = new();

    protected CodecId Codec => _isStored ? CodecId.Uncompressed : _compressor.Codec;

    /// <summary>The vector whose rows are being written.</summary>
    protected ColumnVector Vector { get; private set; } = new();

    protected abstract int DictionaryEntryCount { get; }

    public void BeginFile()
    {
        Bounds.BeginFile();
        FileNullCount = 0;
        Clear();
    }

    /// <summary>Takes the vector whose rows follow; refuses one of the wrong form.</summary>
    public void BeginVector(ColumnVector vector)
    {
        if (!Accepts(vector.Form))
        {
            throw new ArgumentException(
                $"Column '{Leaf.PathText}' of {Leaf.ColumnType} cannot be written from {vector.Form}.", nameof(vector));
        }

        Vector = vector;
        OnVector();
    }

    public void EndVector() => OnVectorEnd();

    /// <summary>Writes some rows of a flat column. More rows of this row group follow as said, for the choice of encoding.</summary>
    public void Append(int start, int rows, int rowsAhead)
    {
        Choose(start, rowsAhead);
        while (rows > 0)
        {
            var pageRows = PageRows(start, Math.Min(rows, _options.PageRowsMax));
            AppendFlatPage(start, pageRows);
            start += pageRows;
            rows -= pageRows;
        }
    }

    /// <summary>Writes a nested column: the vector holds the present values only, and the levels say where they belong.</summary>
    public void AppendNested(ReadOnlySpan<byte> definitionLevels, ReadOnlySpan<byte> repetitionLevels)
    {
        Choose(0, Vector.RowCount);
        var valueStart = 0;
        while (!definitionLevels.IsEmpty)
        {
            var count = NestedPageLevels(repetitionLevels, definitionLevels.Length);
            var repetition = repetitionLevels.IsEmpty ? repetitionLevels : repetitionLevels[..count];
            valueStart += AppendNestedPage(definitionLevels[..count], repetition, valueStart);
            definitionLevels = definitionLevels[count..];
            repetitionLevels = repetitionLevels.IsEmpty ? repetitionLevels : repetitionLevels[count..];
        }
    }

    /// <summary>Writes the chunk out and its metadata and indexes into the buffers, and begins the next one.</summary>
    public ChunkRecord Flush(Stream output, ref long position, FooterBuffers footer)
    {
        FinishDictionary();
        var chunkOffset = position;
        output.Write(_dictionaryPage.Written);
        output.Write(_pages.Written);
        var dataOffset = chunkOffset + _dictionaryPage.Count;
        position = dataOffset + _pages.Count;

        var record = new ChunkRecord
        {
            Offset = chunkOffset,
            UncompressedBytes = _totals.UncompressedBytes,
            CompressedBytes = position - chunkOffset,
        };
        footer.AppendMetadata(ref record, this, _totals, Codec, dataOffset);
        if (_options.PageIndex)
        {
            footer.AppendIndexes(ref record, _pageTable, Bounds, dataOffset);
        }

        FileNullCount += _totals.NullCount;
        Bounds.EndChunk();
        Clear();
        return record;
    }

    protected abstract bool Accepts(ColumnForm form);

    /// <summary>How many rows from here fit into a page, at least 1.</summary>
    protected abstract int PageRows(int start, int rowsMax);

    /// <summary>Decides how the chunk is encoded; called before its first page.</summary>
    protected abstract void ChooseEncoding(int start, int rowsAhead);

    /// <summary>
    /// Encodes the present ones among some values into <see cref="Body"/>, observes their bounds, and says how it did.
    /// No words mean that all are present.
    /// </summary>
    protected abstract ValueEncoding EncodeValues(int start, int count, ReadOnlySpan<ulong> words, int presentCount);

    protected abstract void WriteDictionary(GrowingBuffer output);

    protected abstract void OnChunkEnd();

    protected virtual ulong SampleHash(int row) => 0;

    protected virtual void OnVector()
    {
    }

    protected virtual void OnVectorEnd()
    {
    }

    protected static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, 2 * array.Length)];
        }
    }

    /// <summary>How many rows of one width make a page; whole words of the validity bitmap where there are several.</summary>
    protected int RowsFor(int width, int rowsMax)
    {
        var rows = Math.Min(rowsMax, Math.Max(64, _options.PageBytes / width));
        return rows == rowsMax && rowsMax < _options.PageRowsMax ? rows : Math.Max(1, rows & ~63);
    }

    /// <summary>A sample of the rows ahead.</summary>
    protected CardinalitySample Sample(int start, int rowsAhead)
    {
        _sample.Clear();
        var step = Math.Max(1, rowsAhead / CardinalitySample.ValuesMax);
        var end = Math.Min(start + rowsAhead, Vector.RowCount);
        for (var row = start; row < end && _sample.Count < CardinalitySample.ValuesMax; row += step)
        {
            if (Vector.IsPresent(row))
            {
                _sample.Add(SampleHash(row));
            }
        }

        return _sample;
    }

    /// <summary>Writes indices into the dictionary as a data page has them: the width in a byte, then the hybrid.</summary>
    protected void WriteCodes(ReadOnlySpan<int> codes)
    {
        var width = Math.Max(1, HybridEncoder.WidthFor(Math.Max(0, DictionaryEntryCount - 1)));
        Body.Append((byte)width);
        HybridEncoder.Encode(codes, width, Body);
    }

    private void Choose(int start, int rowsAhead)
    {
        if (!_isChosen)
        {
            _isChosen = true;
            ChooseEncoding(start, rowsAhead);
        }
    }

    private void AppendFlatPage(int start, int rows)
    {
        Body.Clear();
        var words = Presence(start, rows, out var presentCount);
        if (Leaf.DefinitionLevelMax == 1)
        {
            WriteFlatLevels(words, rows);
        }
        else if (presentCount != rows)
        {
            throw new ArgumentException($"Column '{Leaf.PathText}' takes no nulls; there is one among rows {start} to {start + rows - 1}.");
        }

        var encoding = EncodeValues(start, rows, words, presentCount);
        FinishPage(rows, rows, rows - presentCount, encoding);
    }

    // Empty when all rows are present.
    private ReadOnlySpan<ulong> Presence(int start, int rows, out int presentCount)
    {
        presentCount = rows;
        var isCoded = Vector.Form == ColumnForm.Codes;
        if (!isCoded && Vector.Validity.IsEmpty)
        {
            return default;
        }

        var count = ValidityWords.CountFor(rows);
        Grow(ref _words, count);
        var words = _words.AsSpan(0, count);
        presentCount = isCoded
            ? ValidityWords.FromCodes(Vector.CodeValues.Slice(start, rows), words)
            : ValidityWords.Slice(Vector.Validity, start, rows, words);
        return presentCount == rows ? default : words;
    }

    private void WriteFlatLevels(ReadOnlySpan<ulong> words, int rows)
    {
        var at = BeginLevels();
        if (words.IsEmpty)
        {
            HybridEncoder.WriteRun(1, rows, 1, Body);
        }
        else
        {
            HybridEncoder.EncodeBits(words, rows, Body);
        }

        EndLevels(at);
    }

    private int NestedPageLevels(ReadOnlySpan<byte> repetitionLevels, int levels)
    {
        var count = Math.Min(levels, _options.PageRowsMax);
        while (!repetitionLevels.IsEmpty && count < levels && repetitionLevels[count] != 0)
        {
            count++;
        }

        return count;
    }

    private int AppendNestedPage(ReadOnlySpan<byte> definitionLevels, ReadOnlySpan<byte> repetitionLevels, int valueStart)
    {
        Body.Clear();
        WriteLevels(repetitionLevels, Leaf.RepetitionLevelMax);
        WriteLevels(definitionLevels, Leaf.DefinitionLevelMax);
        var present = definitionLevels.Count((byte)Leaf.DefinitionLevelMax);
        var rows = repetitionLevels.IsEmpty ? definitionLevels.Length : repetitionLevels.Count((byte)0);
        var encoding = EncodeValues(valueStart, present, default, present);
        FinishPage(rows, definitionLevels.Length, definitionLevels.Length - present, encoding);
        return present;
    }

    private void WriteLevels(ReadOnlySpan<byte> levels, int levelMax)
    {
        if (levelMax == 0)
        {
            return;
        }

        Grow(ref _levels, levels.Length);
        for (var i = 0; i < levels.Length; i++)
        {
            _levels[i] = levels[i];
        }

        var at = BeginLevels();
        HybridEncoder.Encode(_levels.AsSpan(0, levels.Length), HybridEncoder.WidthFor(levelMax), Body);
        EndLevels(at);
    }

    private int BeginLevels()
    {
        Body.Reserve(sizeof(int));
        Body.Advance(sizeof(int));
        return Body.Count;
    }

    private void EndLevels(int at) =>
        BinaryPrimitives.WriteInt32LittleEndian(Body.At(at - sizeof(int), sizeof(int)), Body.Count - at);

    private void FinishPage(int rows, int levels, int nullCount, ValueEncoding encoding)
    {
        var offset = _pages.Count;
        var stored = Compress(Body.Written, isFirst: _pageTable.Count == 0);
        PageHeader.WriteData(_header, Body.Count, stored, levels, encoding, _options.PageChecksums);
        var headerBytes = _pages.Count - offset;
        _pages.Append(stored);

        _pageTable.Add(offset, _pages.Count - offset, _totals.RowCount, nullCount, nullCount == levels, Bounds);
        Bounds.EndPage();
        _totals.AddPage(rows, levels, nullCount, headerBytes + Body.Count, encoding);
    }

    private void FinishDictionary()
    {
        if (_totals.DictionaryPageCount == 0)
        {
            return;
        }

        Body.Clear();
        WriteDictionary(Body);
        var stored = Compress(Body.Written, isFirst: false);
        PageHeader.WriteDictionary(_dictionaryHeader, Body.Count, stored, DictionaryEntryCount, _options.PageChecksums);
        _totals.UncompressedBytes += _dictionaryPage.Count + Body.Count;
        _dictionaryPage.Append(stored);
    }

    private ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> page, bool isFirst)
    {
        if (_isStored)
        {
            return page;
        }

        _compressed.Clear();
        var bytes = _compressor.Compress(page, _compressed.Reserve(_compressor.BoundBytes(page.Length)));
        _compressed.Advance(bytes);
        if (isFirst && bytes > page.Length - page.Length / WorthwhileShare)
        {
            _isStored = true;
            return page;
        }

        return _compressed.Written;
    }

    private void Clear()
    {
        _pages.Clear();
        _dictionaryPage.Clear();
        _pageTable.Clear();
        _totals.Clear();
        _isChosen = false;
        _isStored = _compressor.Codec == CodecId.Uncompressed;
        OnChunkEnd();
    }
}
