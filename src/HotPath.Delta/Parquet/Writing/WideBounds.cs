using System.Buffers.Binary;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Bounds of decimals over 18 digits: big-endian two's complement.</summary>
internal sealed class WideBounds(int bytes) : NumberBounds<Int128>
{
    public override ColumnValue FileMin => ColumnValue.OfUnscaled(ValueMin);

    public override ColumnValue FileMax => ColumnValue.OfUnscaled(ValueMax);

    protected override void Append(GrowingBuffer output, Int128 value)
    {
        Span<byte> whole = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(whole, value);
        output.Append(whole[(16 - bytes)..]);
    }
}
