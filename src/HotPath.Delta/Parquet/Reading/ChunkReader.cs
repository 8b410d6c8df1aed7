using System.Buffers.Binary;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>
/// Reads the pages of one column chunk into levels and values. Input may be anything: what a header claims costs memory
/// only from the budget. One chunk per reader.
/// </summary>
internal sealed class ChunkReader
{
    private const int LevelsAtOnce = 1024;

    private readonly ParquetChunk _chunk;
    private readonly ParquetNode _leaf;
    private readonly ReadBudget _budget;
    private readonly bool _verifiesChecksums;
    private readonly LeafValues _values;
    private byte[] _page = [];
    private byte[] _definitionLevels = [];
    private byte[] _repetitionLevels = [];
    private int _entryCount;

    public ChunkReader(ParquetChunk chunk, ReadBudget budget, bool verifiesChecksums)
    {
        (_chunk, _leaf, _budget, _verifiesChecksums) = (chunk, chunk.Leaf, budget, verifiesChecksums);
        _values = LeafValues.Of(chunk.Leaf, budget);
        if (!PageDecompressor.IsKnown(chunk.Codec))
        {
            throw new ParquetFormatException($"the codec {chunk.Codec} is not read");
        }
    }

    /// <summary>Where in the chunk the reader stands, for messages.</summary>
    public int Position { get; private set; }

    public LeafColumn Read(ReadOnlySpan<byte> bytes)
    {
        while (_entryCount < _chunk.ValueCount)
        {
            var header = PageHeaderFields.Read(bytes[Position..], out var headerBytes);
            var stored = bytes.Slice(Position + headerBytes, header.StoredBytes);
            Verify(header, stored);
            ReadPage(header, stored);
            Position += headerBytes + header.StoredBytes;
        }

        if (_entryCount != _chunk.ValueCount)
        {
            throw new ParquetFormatException($"its pages have {_entryCount} values instead of {_chunk.ValueCount}");
        }

        return new LeafColumn(
            _leaf,
            _entryCount,
            _leaf.DefinitionLevelMax > 0 ? _definitionLevels.AsMemory(0, _entryCount) : default,
            _leaf.RepetitionLevelMax > 0 ? _repetitionLevels.AsMemory(0, _entryCount) : default,
            _values.ToVector());
    }

    private void Verify(in PageHeaderFields header, ReadOnlySpan<byte> stored)
    {
        if (_verifiesChecksums && header.Checksum is { } wanted && Crc32.Of(stored) is var crc && crc != wanted)
        {
            throw new ParquetFormatException($"a page has the CRC-32 {crc:x8}, its header says {wanted:x8}");
        }
    }

    private void ReadPage(in PageHeaderFields header, ReadOnlySpan<byte> stored)
    {
        switch (header.Kind)
        {
            case PageKind.Dictionary:
                RequireCount(header.ValueCount);
                RequireNoValues();
                _values.AddDictionary(Decompress(stored, header.Bytes), header.ValueCount);
                break;
            case PageKind.Data:
                RequireCount(header.ValueCount);
                ReadData(header, Decompress(stored, header.Bytes));
                break;
            case PageKind.DataV2:
                RequireCount(header.ValueCount);
                ReadDataV2(header, stored);
                break;
            default:
                // Index pages were never written; unknown pages are skipped as the format asks, if they have bytes at all.
                break;
        }
    }

    // Values before it would be no codes of it. The format has the dictionary first.
    private void RequireNoValues()
    {
        if (_entryCount > 0)
        {
            throw new ParquetFormatException($"a dictionary page behind {_entryCount} values");
        }
    }

    private void RequireCount(int valueCount)
    {
        if (valueCount < 0)
        {
            throw new ParquetFormatException($"a page of {valueCount} values");
        }
    }

    private ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> stored, int bytes)
    {
        if (_chunk.Codec == CodecId.Uncompressed && stored.Length == bytes)
        {
            return stored;
        }

        _budget.Grow(ref _page, bytes);
        var page = _page.AsSpan(0, bytes);
        PageDecompressor.Decompress(_chunk.Codec, stored, page);
        return page;
    }

    private void ReadData(in PageHeaderFields header, ReadOnlySpan<byte> page)
    {
        ReserveLevels(header.ValueCount);
        if (_leaf.RepetitionLevelMax > 0)
        {
            var levels = _repetitionLevels.AsSpan(_entryCount, header.ValueCount);
            ReadLevels(ref page, header.RepetitionEncoding, _leaf.RepetitionLevelMax, levels);
        }

        if (_leaf.DefinitionLevelMax > 0)
        {
            var levels = _definitionLevels.AsSpan(_entryCount, header.ValueCount);
            ReadLevels(ref page, header.DefinitionEncoding, _leaf.DefinitionLevelMax, levels);
        }

        AddValues(header, page);
    }

    // Levels stand before the compressed part and without a length of their own.
    private void ReadDataV2(in PageHeaderFields header, ReadOnlySpan<byte> stored)
    {
        var levelBytes = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (header.RepetitionBytes < 0 || header.DefinitionBytes < 0 || levelBytes > stored.Length || levelBytes > header.Bytes)
        {
            throw new ParquetFormatException($"levels of {levelBytes} bytes in a page of {stored.Length}");
        }

        ReserveLevels(header.ValueCount);
        if (_leaf.RepetitionLevelMax > 0)
        {
            var levels = _repetitionLevels.AsSpan(_entryCount, header.ValueCount);
            ReadRuns(stored[..header.RepetitionBytes], _leaf.RepetitionLevelMax, levels);
        }

        if (_leaf.DefinitionLevelMax > 0)
        {
            var levels = _definitionLevels.AsSpan(_entryCount, header.ValueCount);
            ReadRuns(stored.Slice(header.RepetitionBytes, header.DefinitionBytes), _leaf.DefinitionLevelMax, levels);
        }

        // A page without values may have an empty compressed part, which no codec can decompress.
        var values = stored[(int)levelBytes..];
        var bytes = header.Bytes - (int)levelBytes;
        AddValues(header, header.IsCompressed && !values.IsEmpty ? Decompress(values, bytes) : values);
    }

    private void AddValues(in PageHeaderFields header, ReadOnlySpan<byte> page)
    {
        var present = header.ValueCount;
        if (_leaf.DefinitionLevelMax > 0)
        {
            present = _definitionLevels.AsSpan(_entryCount, header.ValueCount).Count((byte)_leaf.DefinitionLevelMax);
        }

        _values.AddPage(header.Encoding, page, present);
        _entryCount += header.ValueCount;
    }

    private void ReserveLevels(int count)
    {
        var entries = (long)_entryCount + count;
        if (entries > _chunk.ValueCount)
        {
            throw new ParquetFormatException($"its pages have at least {entries} values instead of {_chunk.ValueCount}");
        }

        if (_leaf.RepetitionLevelMax > 0)
        {
            _budget.Grow(ref _repetitionLevels, entries);
        }

        if (_leaf.DefinitionLevelMax > 0)
        {
            _budget.Grow(ref _definitionLevels, entries);
        }
    }

    private static void ReadLevels(ref ReadOnlySpan<byte> page, ValueEncoding encoding, int levelMax, Span<byte> levels)
    {
        if (encoding == ValueEncoding.BitPacked)
        {
            var width = HybridEncoder.WidthFor(levelMax);
            var packedBytes = BitPackedLevels.Bytes(levels.Length, width);
            RequireLevelBytes(packedBytes, page.Length);
            BitPackedLevels.Decode(page, width, levels);
            RequireLevels(levels, levelMax);
            page = page[packedBytes..];
            return;
        }

        if (encoding != ValueEncoding.Rle)
        {
            throw new ParquetFormatException($"levels in the encoding {encoding}");
        }

        RequireLevelBytes(sizeof(int), page.Length);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(page);
        page = page[sizeof(int)..];
        RequireLevelBytes(bytes, page.Length);
        ReadRuns(page[..(int)bytes], levelMax, levels);
        page = page[(int)bytes..];
    }

    private static void ReadRuns(ReadOnlySpan<byte> bytes, int levelMax, Span<byte> levels)
    {
        var decoder = new HybridDecoder(bytes, HybridEncoder.WidthFor(levelMax));
        Span<int> some = stackalloc int[LevelsAtOnce];
        for (var at = 0; at < levels.Length; at += LevelsAtOnce)
        {
            var count = Math.Min(LevelsAtOnce, levels.Length - at);
            decoder.Read(some[..count]);
            for (var i = 0; i < count; i++)
            {
                levels[at + i] = (byte)Math.Min((uint)some[i], byte.MaxValue);
            }
        }

        RequireLevels(levels, levelMax);
    }

    private static void RequireLevels(ReadOnlySpan<byte> levels, int levelMax)
    {
        if (levels.ContainsAnyExceptInRange((byte)0, (byte)levelMax))
        {
            throw new ParquetFormatException($"a level over {levelMax}");
        }
    }

    private static void RequireLevelBytes(long wanted, int there)
    {
        if (wanted > there)
        {
            throw new ParquetFormatException($"levels of {wanted} bytes in a page where {there} are left");
        }
    }
}
