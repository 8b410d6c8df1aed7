using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Turns the bytes of min and max in statistics into values of the leaf's Delta type; null for what cannot be used.</summary>
internal static class LeafBounds
{
    public static ColumnValue? Min(ParquetNode leaf, byte[]? bytes) => Value(leaf, bytes, isMax: false);

    public static ColumnValue? Max(ParquetNode leaf, byte[]? bytes) => Value(leaf, bytes, isMax: true);

    private static ColumnValue? Value(ParquetNode leaf, byte[]? bytes, bool isMax)
    {
        if (bytes is null || leaf.ColumnType is not { } type)
        {
            return null;
        }

        return (leaf.PhysicalType, bytes.Length) switch
        {
            (PhysicalType.Boolean, 1) => ColumnValue.OfInteger(bytes[0]),
            (PhysicalType.Int32, 4) => Integer(leaf, type, BinaryPrimitives.ReadInt32LittleEndian(bytes), isMax),
            (PhysicalType.Int64, 8) => Integer(leaf, type, BinaryPrimitives.ReadInt64LittleEndian(bytes), isMax),
            (PhysicalType.Float, 4) => Real(BinaryPrimitives.ReadSingleLittleEndian(bytes), isMax),
            (PhysicalType.Double, 8) => Real(BinaryPrimitives.ReadDoubleLittleEndian(bytes), isMax),
            (PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray, _) when type.Kind == ColumnKind.Decimal =>
                DecimalBytes.TryRead(bytes, out var unscaled) ? ColumnValue.OfUnscaled(unscaled) : null,
            (PhysicalType.ByteArray, _) => ColumnValue.OfBytes(bytes),
            (PhysicalType.FixedLengthByteArray, _) when leaf.Logical == LogicalKind.None => ColumnValue.OfBytes(bytes),
            _ => null,
        };
    }

    private static ColumnValue? Integer(ParquetNode leaf, ColumnType type, long value, bool isMax)
    {
        if (type.Kind == ColumnKind.Decimal)
        {
            return ColumnValue.OfUnscaled(value);
        }

        if (leaf.IsUnsigned)
        {
            return null;
        }

        return leaf.Unit switch
        {
            TimeUnit.Millis when leaf.Logical == LogicalKind.Timestamp =>
                value is > long.MaxValue / 1000 or < long.MinValue / 1000 ? null : ColumnValue.OfInteger(value * 1000),
            TimeUnit.Nanos => ColumnValue.OfInteger(TimestampUnits.MicrosOfNanos(value) + (isMax ? 1 : 0)),
            _ => ColumnValue.OfInteger(value),
        };
    }

    // A zero bound may have lost its sign: -0.0 as max or +0.0 as min is widened to the other zero.
    private static ColumnValue? Real(double value, bool isMax) => value switch
    {
        double.NaN => null,
        0 => ColumnValue.OfReal(isMax ? 0.0 : -0.0),
        _ => ColumnValue.OfReal(value),
    };
}
