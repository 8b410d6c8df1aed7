using System.Buffers.Binary;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Bounds of BOOLEAN (1 byte), INT32 and INT64; of decimals as well where they are stored so.</summary>
internal sealed class IntegerBounds(int bytes, bool isDecimal) : NumberBounds<long>
{
    public override ColumnValue FileMin => Value(ValueMin);

    public override ColumnValue FileMax => Value(ValueMax);

    protected override void Append(GrowingBuffer output, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.Reserve(sizeof(long)), value);
        output.Advance(bytes);
    }

    private ColumnValue Value(long value) => isDecimal ? ColumnValue.OfUnscaled(value) : ColumnValue.OfInteger(value);
}
