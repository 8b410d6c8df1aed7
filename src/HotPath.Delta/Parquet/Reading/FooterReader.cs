using System.Buffers.Binary;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Reads the footer: <c>FileMetaData, its bytes in 4, "PAR1"</c> at the end of the file. Drawn in FileFooter.</summary>
internal static class FooterReader
{
    private const int TailBytes = 8;

    // One read brings the whole footer of most files.
    private const int FirstReadBytes = 64 << 10;

    public static FileMetadata Read(IRandomAccess source)
    {
        var length = source.Length;
        if (length < 4 + TailBytes)
        {
            throw new ParquetFormatException($"A file of {length} bytes is no Parquet file.");
        }

        var end = ReadExactly(source, length - Math.Min(length, FirstReadBytes), (int)Math.Min(length, FirstReadBytes));
        var magic = end.AsSpan(^4..);
        if (!magic.SequenceEqual("PAR1"u8))
        {
            throw new ParquetFormatException(magic.SequenceEqual("PARE"u8)
                ? "The footer is encrypted, which HotPath does not read."
                : "The file does not end with PAR1: it is no Parquet file, or it was cut off.");
        }

        var footerBytes = BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(^TailBytes..));
        if (footerBytes > length - 4 - TailBytes || footerBytes > int.MaxValue - TailBytes)
        {
            throw new ParquetFormatException($"A footer of {footerBytes} bytes does not fit into a file of {length}.");
        }

        if (footerBytes + TailBytes > end.Length)
        {
            end = ReadExactly(source, length - TailBytes - footerBytes, (int)footerBytes + TailBytes);
        }

        try
        {
            return Parse(end.AsSpan(end.Length - TailBytes - (int)footerBytes, (int)footerBytes), length);
        }
        catch (ParquetFormatException refused)
        {
            throw new ParquetFormatException($"The footer at offset {length - TailBytes - footerBytes}: {refused.Message}.", refused);
        }
    }

    public static byte[] ReadExactly(IRandomAccess source, long offset, int bytes)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(bytes);
        ReadExactly(source, offset, buffer);
        return buffer;
    }

    public static void ReadExactly(IRandomAccess source, long offset, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var read = source.Read(offset + done, buffer[done..]);
            if (read <= 0)
            {
                throw new ParquetFormatException(
                    $"The file ends at offset {offset + done}, before the {buffer.Length} bytes from {offset}.");
            }

            done += read;
        }
    }

    private static FileMetadata Parse(ReadOnlySpan<byte> footer, long fileBytes)
    {
        var reader = new CompactReader(footer);
        ParquetSchema? schema = null;
        var rowGroups = new List<RowGroupReader>();
        var (rows, createdBy, hasOrder) = (0L, (string?)null, Array.Empty<bool>());
        var id = 0;
        while (reader.TryReadField(ref id, out var type))
        {
            switch (id)
            {
                case 2:
                    schema = SchemaReader.Read(ref reader, type);
                    break;
                case 3:
                    rows = reader.ReadInt64(type);
                    break;
                case 4:
                    ReadRowGroups(ref reader, type, rowGroups, schema, fileBytes);
                    break;
                case 6:
                    createdBy = reader.ReadString(type);
                    break;
                case 7:
                    hasOrder = ReadColumnOrders(ref reader, type);
                    break;
                case 8:
                    throw new ParquetFormatException("the file is encrypted, which HotPath does not read");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (schema is null)
        {
            throw new ParquetFormatException("there is no schema");
        }

        return new FileMetadata(schema, rows, [.. rowGroups.Select(group => group.ToRowGroup(hasOrder))], createdBy);
    }

    private static void ReadRowGroups(
        ref CompactReader reader, CompactType listType, List<RowGroupReader> rowGroups, ParquetSchema? schema, long fileBytes)
    {
        if (schema is null)
        {
            throw new ParquetFormatException("there are row groups before there is a schema");
        }

        var count = reader.ReadListHead(listType, out var elementType);
        for (var i = 0; i < count; i++)
        {
            rowGroups.Add(RowGroupReader.Read(ref reader, elementType, schema, fileBytes));
        }
    }

    // True where the order of min and max is that of the type; other orders are unknown here, and their bounds unused.
    private static bool[] ReadColumnOrders(ref CompactReader reader, CompactType listType)
    {
        var orders = new bool[reader.ReadListHead(listType, out var elementType)];
        for (var i = 0; i < orders.Length; i++)
        {
            reader.BeginStruct(elementType);
            var id = 0;
            while (reader.TryReadField(ref id, out var type))
            {
                orders[i] = id == 1;
                reader.Skip(type);
            }

            reader.EndStruct();
        }

        return orders;
    }
}
