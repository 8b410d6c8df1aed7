using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Writes page headers.</summary>
/// <remarks>
/// <code>
/// PageHeader           = 1 type, 2 uncompressed bytes, 3 stored bytes, [4 CRC-32 of the stored bytes], 5 or 7 the rest
/// DataPageHeader       = 1 values with nulls, 2 encoding, 3 definition level encoding, 4 repetition level encoding
/// DictionaryPageHeader = 1 entries, 2 encoding
/// </code>
/// </remarks>
internal static class PageHeader
{
    public static void WriteData(
        CompactWriter writer, int bytes, ReadOnlySpan<byte> stored, int values, ValueEncoding encoding, bool hasChecksum)
    {
        Begin(writer, PageKind.Data, bytes, stored, hasChecksum);
        writer.BeginStruct(5);
        writer.Int32(1, values);
        writer.Int32(2, (int)encoding);
        writer.Int32(3, (int)ValueEncoding.Rle);
        writer.Int32(4, (int)ValueEncoding.Rle);
        writer.EndStruct();
        writer.EndStruct();
    }

    public static void WriteDictionary(
        CompactWriter writer, int bytes, ReadOnlySpan<byte> stored, int entries, bool hasChecksum)
    {
        Begin(writer, PageKind.Dictionary, bytes, stored, hasChecksum);
        writer.BeginStruct(7);
        writer.Int32(1, entries);
        writer.Int32(2, (int)ValueEncoding.Plain);
        writer.EndStruct();
        writer.EndStruct();
    }

    private static void Begin(CompactWriter writer, PageKind kind, int bytes, ReadOnlySpan<byte> stored, bool hasChecksum)
    {
        writer.BeginStruct();
        writer.Int32(1, (int)kind);
        writer.Int32(2, bytes);
        writer.Int32(3, stored.Length);
        if (hasChecksum)
        {
            writer.Int32(4, (int)Crc32.Of(stored));
        }
    }
}
