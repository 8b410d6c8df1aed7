using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>ColumnMetaData as it stands in the file. Drawn in FooterBuffers.</summary>
internal sealed class ChunkMetadata(ParquetNode leaf)
{
    private int _type = -1;
    private int _codec;
    private long _valueCount = -1;
    private long _uncompressedBytes;
    private long _compressedBytes = -1;
    private long _dataOffset = -1;
    private long _dictionaryOffset;
    private long? _nullCount;
    private byte[]? _min;
    private byte[]? _max;
    private byte[]? _oldMin;
    private byte[]? _oldMax;

    private long Offset => _dictionaryOffset > 0 ? Math.Min(_dictionaryOffset, _dataOffset) : _dataOffset;

    public void Read(ref CompactReader reader, CompactType structType)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    _type = reader.ReadInt32(type);
                    break;
                case 4:
                    _codec = reader.ReadInt32(type);
                    break;
                case 5:
                    _valueCount = reader.ReadInt64(type);
                    break;
                case 6:
                    _uncompressedBytes = reader.ReadInt64(type);
                    break;
                case 7:
                    _compressedBytes = reader.ReadInt64(type);
                    break;
                case 9:
                    _dataOffset = reader.ReadInt64(type);
                    break;
                case 11:
                    _dictionaryOffset = reader.ReadInt64(type);
                    break;
                case 12:
                    ReadStatistics(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    public void RequireInside(long fileBytes)
    {
        if (_type != (int)leaf.PhysicalType)
        {
            throw new ParquetFormatException($"the column '{leaf}' of {leaf.PhysicalType} has a chunk of type {_type}");
        }

        if (_valueCount < 0
            || _compressedBytes < 0
            || Offset < 0
            || Offset > fileBytes
            || _compressedBytes > fileBytes - Offset)
        {
            throw new ParquetFormatException(
                $"the chunk of '{leaf}' with {_valueCount} values lies at {Offset} with {_compressedBytes} bytes in a file of {fileBytes}");
        }
    }

    public ParquetChunk ToChunk(bool hasOrder)
    {
        // The older fields compare as signed bytes for everything: only numbers can be trusted, and no unsigned ones.
        var isOldOrderKnown = leaf.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.Boolean
            && !leaf.IsUnsigned;
        return new ParquetChunk
        {
            Leaf = leaf,
            ValueCount = _valueCount,
            NullCount = _nullCount,
            Min = LeafBounds.Min(leaf, hasOrder ? _min : null) ?? LeafBounds.Min(leaf, isOldOrderKnown ? _oldMin : null),
            Max = LeafBounds.Max(leaf, hasOrder ? _max : null) ?? LeafBounds.Max(leaf, isOldOrderKnown ? _oldMax : null),
            CompressedBytes = _compressedBytes,
            UncompressedBytes = _uncompressedBytes,
            Codec = (CodecId)_codec,
            Offset = Offset,
        };
    }

    private void ReadStatistics(ref CompactReader reader, CompactType structType)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    _oldMax = reader.ReadBinary(type).ToArray();
                    break;
                case 2:
                    _oldMin = reader.ReadBinary(type).ToArray();
                    break;
                case 3:
                    _nullCount = reader.ReadInt64(type);
                    break;
                case 5:
                    _max = reader.ReadBinary(type).ToArray();
                    break;
                case 6:
                    _min = reader.ReadBinary(type).ToArray();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }
}
