using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Format;

/// <summary>Which Parquet leaf stands for which Delta type, both ways.</summary>
internal static class LeafTypes
{
    public static ParquetNode ToNode(Column column)
    {
        var type = column.Type;
        var (physical, bytes) = Physical(type);
        return new ParquetNode
        {
            Name = column.Name,
            FieldId = column.FieldId,
            Repetition = column.Nullable ? Repetition.Optional : Repetition.Required,
            PhysicalType = physical,
            TypeBytes = bytes,
            Logical = Logical(type.Kind),
            Unit = type.Kind is ColumnKind.Timestamp or ColumnKind.TimestampNtz ? TimeUnit.Micros : TimeUnit.None,
            IsAdjustedToUtc = type.Kind == ColumnKind.Timestamp,
            IntegerBits = type.Kind switch { ColumnKind.Byte => 8, ColumnKind.Short => 16, _ => 0 },
            Precision = type.Precision,
            Scale = type.Scale,
        };
    }

    /// <summary>The least bytes that hold every number of so many digits in two's complement: 19 digits 9 bytes, 38 digits 16.</summary>
    public static int DecimalBytes(int precision)
    {
        // 256^bytes / 2 > 10^precision - 1; Int128.MaxValue has 39 digits, so 38 digits always end at 16 bytes.
        var largest = (UInt128)1;
        for (var i = 0; i < precision; i++)
        {
            largest *= 10;
        }

        var bytes = 1;
        while (bytes < 16 && largest - 1 > (UInt128.One << (8 * bytes - 1)) - 1)
        {
            bytes++;
        }

        return bytes;
    }

    public static ColumnType? ToColumnType(ParquetNode leaf) => leaf.PhysicalType switch
    {
        PhysicalType.Boolean => ColumnType.Boolean,
        PhysicalType.Float => ColumnType.Float,
        PhysicalType.Double => ColumnType.Double,
        PhysicalType.Int96 => ColumnType.Timestamp,
        PhysicalType.Int32 => OfInt32(leaf),
        PhysicalType.Int64 => OfInt64(leaf),
        _ => OfBytes(leaf),
    };

    private static (PhysicalType Type, int Bytes) Physical(ColumnType type) => type.Kind switch
    {
        ColumnKind.Boolean => (PhysicalType.Boolean, 0),
        ColumnKind.Byte or ColumnKind.Short or ColumnKind.Integer or ColumnKind.Date => (PhysicalType.Int32, 0),
        ColumnKind.Long or ColumnKind.Timestamp or ColumnKind.TimestampNtz => (PhysicalType.Int64, 0),
        ColumnKind.Float => (PhysicalType.Float, 0),
        ColumnKind.Double => (PhysicalType.Double, 0),
        ColumnKind.Decimal when type.Precision <= 9 => (PhysicalType.Int32, 0),
        ColumnKind.Decimal when type.Precision <= 18 => (PhysicalType.Int64, 0),
        ColumnKind.Decimal => (PhysicalType.FixedLengthByteArray, DecimalBytes(type.Precision)),
        _ => (PhysicalType.ByteArray, 0),
    };

    private static LogicalKind Logical(ColumnKind kind) => kind switch
    {
        ColumnKind.Byte or ColumnKind.Short => LogicalKind.Integer,
        ColumnKind.Date => LogicalKind.Date,
        ColumnKind.Timestamp or ColumnKind.TimestampNtz => LogicalKind.Timestamp,
        ColumnKind.Decimal => LogicalKind.Decimal,
        ColumnKind.String => LogicalKind.String,
        _ => LogicalKind.None,
    };

    private static ColumnType? OfInt32(ParquetNode leaf) => leaf.Logical switch
    {
        LogicalKind.None => ColumnType.Integer,
        LogicalKind.Date => ColumnType.Date,
        LogicalKind.Decimal => OfDecimal(leaf),
        LogicalKind.Integer => (leaf.IntegerBits, leaf.IsUnsigned) switch
        {
            (8, false) => ColumnType.Byte,
            (16, false) => ColumnType.Short,
            (8 or 16 or 32, _) => leaf.IntegerBits == 32 && leaf.IsUnsigned ? null : ColumnType.Integer,
            _ => null,
        },
        _ => null,
    };

    private static ColumnType? OfInt64(ParquetNode leaf) => leaf.Logical switch
    {
        LogicalKind.None => ColumnType.Long,
        LogicalKind.Integer => leaf.IsUnsigned ? null : ColumnType.Long,
        LogicalKind.Decimal => OfDecimal(leaf),
        LogicalKind.Timestamp => leaf.IsAdjustedToUtc ? ColumnType.Timestamp : ColumnType.TimestampNtz,
        _ => null,
    };

    private static ColumnType? OfBytes(ParquetNode leaf) => leaf.Logical switch
    {
        LogicalKind.String => ColumnType.String,
        LogicalKind.Decimal => OfDecimal(leaf),
        _ => ColumnType.Binary,
    };

    private static ColumnType? OfDecimal(ParquetNode leaf) =>
        leaf.Precision is >= 1 and <= ColumnType.PrecisionMax && leaf.Scale >= 0 && leaf.Scale <= leaf.Precision
            ? ColumnType.Decimal(leaf.Precision, leaf.Scale)
            : null;
}
