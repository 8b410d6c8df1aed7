using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>The header of a page as it stands in the file. Drawn in PageHeader; a v2 header has field 8.</summary>
/// <remarks>
/// <code>
/// DataPageHeaderV2 = 1 values with nulls, 2 nulls, 3 rows, 4 encoding, 5 bytes of definition levels,
///                    6 bytes of repetition levels, 7 is compressed (default true)
/// </code>
/// </remarks>
internal struct PageHeaderFields
{
    public PageKind Kind;
    public int Bytes;
    public int StoredBytes;
    public uint? Checksum;
    public int ValueCount;
    public ValueEncoding Encoding;
    public ValueEncoding DefinitionEncoding;
    public ValueEncoding RepetitionEncoding;
    public int DefinitionBytes;
    public int RepetitionBytes;
    public bool IsCompressed;

    public static PageHeaderFields Read(ReadOnlySpan<byte> bytes, out int headerBytes)
    {
        var reader = new CompactReader(bytes);
        var header = new PageHeaderFields { Kind = (PageKind)(-1), Bytes = -1, StoredBytes = -1, ValueCount = -1, IsCompressed = true };
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    header.Kind = (PageKind)reader.ReadInt32(type);
                    break;
                case 2:
                    header.Bytes = reader.ReadInt32(type);
                    break;
                case 3:
                    header.StoredBytes = reader.ReadInt32(type);
                    break;
                case 4:
                    header.Checksum = (uint)reader.ReadInt32(type);
                    break;
                case 5 or 7:
                    header.ReadData(ref reader, type);
                    break;
                case 8:
                    header.ReadDataV2(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        headerBytes = reader.Position;
        if (header.Bytes < 0 || header.StoredBytes < 0 || header.StoredBytes > bytes.Length - headerBytes)
        {
            throw new ParquetFormatException(
                $"a page of {header.StoredBytes} bytes, {header.Bytes} when decompressed, where {bytes.Length - headerBytes} are left");
        }

        return header;
    }

    private void ReadData(ref CompactReader reader, CompactType structType)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    ValueCount = reader.ReadInt32(type);
                    break;
                case 2:
                    Encoding = (ValueEncoding)reader.ReadInt32(type);
                    break;
                case 3 when type == CompactType.Int32:
                    DefinitionEncoding = (ValueEncoding)reader.ReadInt32(type);
                    break;
                case 4 when type == CompactType.Int32:
                    RepetitionEncoding = (ValueEncoding)reader.ReadInt32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }

    private void ReadDataV2(ref CompactReader reader, CompactType structType)
    {
        reader.BeginStruct(structType);
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    ValueCount = reader.ReadInt32(type);
                    break;
                case 4:
                    Encoding = (ValueEncoding)reader.ReadInt32(type);
                    break;
                case 5:
                    DefinitionBytes = reader.ReadInt32(type);
                    break;
                case 6:
                    RepetitionBytes = reader.ReadInt32(type);
                    break;
                case 7:
                    IsCompressed = reader.ReadBool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        reader.EndStruct();
    }
}
