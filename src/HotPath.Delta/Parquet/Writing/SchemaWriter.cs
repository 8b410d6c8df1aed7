using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Writes the schema as a list of elements, depth first.</summary>
/// <remarks>
/// <code>
/// SchemaElement = 1 type, 2 bytes of FIXED, 3 repetition (not of the root), 4 name, 5 children (groups only),
///                 6 converted type, 7 scale, 8 precision, 9 field id, 10 logical type
/// LogicalType   = union of 1 String, 2 Map, 3 List, 5 Decimal (1 scale, 2 precision), 6 Date,
///                 8 Timestamp (1 is adjusted to UTC, 2 unit: 1 millis, 2 micros, 3 nanos), 10 Integer (1 bits, 2 signed)
/// </code>
/// </remarks>
internal static class SchemaWriter
{
    private const int Utf8 = 0;
    private const int Map = 1;
    private const int List = 3;
    private const int Decimal = 5;
    private const int Date = 6;
    private const int TimestampMillis = 9;
    private const int TimestampMicros = 10;
    private const int Int8 = 15;
    private const int Int16 = 16;

    public static void Write(CompactWriter writer, int id, ParquetSchema schema)
    {
        writer.BeginList(id, CompactType.Struct, Count(schema.Root));
        WriteNode(writer, schema.Root, isRoot: true);
    }

    private static int Count(ParquetNode node)
    {
        var count = 1;
        foreach (var child in node.Children)
        {
            count += Count(child);
        }

        return count;
    }

    private static void WriteNode(CompactWriter writer, ParquetNode node, bool isRoot)
    {
        writer.BeginStruct();
        if (node.IsLeaf)
        {
            writer.Int32(1, (int)node.PhysicalType);
            if (node.PhysicalType == PhysicalType.FixedLengthByteArray)
            {
                writer.Int32(2, node.TypeBytes);
            }
        }

        if (!isRoot)
        {
            writer.Int32(3, (int)node.Repetition);
        }

        writer.String(4, node.Name);
        if (!node.IsLeaf)
        {
            writer.Int32(5, node.Children.Count);
        }

        WriteMeaning(writer, node);
        writer.EndStruct();
        foreach (var child in node.Children)
        {
            WriteNode(writer, child, isRoot: false);
        }
    }

    private static void WriteMeaning(CompactWriter writer, ParquetNode node)
    {
        if (ConvertedType(node) is { } converted)
        {
            writer.Int32(6, converted);
        }

        if (node.Logical == LogicalKind.Decimal)
        {
            writer.Int32(7, node.Scale);
            writer.Int32(8, node.Precision);
        }

        if (node.FieldId is { } fieldId)
        {
            writer.Int32(9, fieldId);
        }

        WriteLogicalType(writer, node);
    }

    // The older annotation stands beside the newer one, for readers that know only it.
    private static int? ConvertedType(ParquetNode node) => node.Logical switch
    {
        LogicalKind.String => Utf8,
        LogicalKind.Map => Map,
        LogicalKind.List => List,
        LogicalKind.Decimal => Decimal,
        LogicalKind.Date => Date,
        LogicalKind.Timestamp when node.Unit == TimeUnit.Millis => TimestampMillis,
        LogicalKind.Timestamp when node.Unit == TimeUnit.Micros => TimestampMicros,
        LogicalKind.Integer when !node.IsUnsigned && node.IntegerBits == 8 => Int8,
        LogicalKind.Integer when !node.IsUnsigned && node.IntegerBits == 16 => Int16,
        _ => null,
    };

    private static void WriteLogicalType(CompactWriter writer, ParquetNode node)
    {
        if (node.Logical is LogicalKind.None or LogicalKind.Other or LogicalKind.Time)
        {
            return;
        }

        writer.BeginStruct(10);
        switch (node.Logical)
        {
            case LogicalKind.String:
                writer.EmptyStruct(1);
                break;
            case LogicalKind.Map:
                writer.EmptyStruct(2);
                break;
            case LogicalKind.List:
                writer.EmptyStruct(3);
                break;
            case LogicalKind.Decimal:
                writer.BeginStruct(5);
                writer.Int32(1, node.Scale);
                writer.Int32(2, node.Precision);
                writer.EndStruct();
                break;
            case LogicalKind.Date:
                writer.EmptyStruct(6);
                break;
            case LogicalKind.Timestamp:
                WriteTimestamp(writer, node);
                break;
            default:
                writer.BeginStruct(10);
                writer.Byte(1, (sbyte)node.IntegerBits);
                writer.Bool(2, !node.IsUnsigned);
                writer.EndStruct();
                break;
        }

        writer.EndStruct();
    }

    private static void WriteTimestamp(CompactWriter writer, ParquetNode node)
    {
        writer.BeginStruct(8);
        writer.Bool(1, node.IsAdjustedToUtc);
        writer.BeginStruct(2);
        writer.EmptyStruct((int)node.Unit);
        writer.EndStruct();
        writer.EndStruct();
    }
}
