using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>BOOLEAN: bits, or runs behind their length in 4 bytes.</summary>
internal sealed class BooleanValues(ReadBudget budget) : LeafValues(budget)
{
    private bool[] _values = [];
    private int[] _bits = [];
    private int _count;

    public override ColumnVector ToVector() => ColumnVector.Booleans(_values.AsMemory(0, _count));

    protected override void TakeDictionary(ReadOnlySpan<byte> page, int count) =>
        throw new ParquetFormatException("booleans have no dictionary");

    protected override void TakeCodes(ReadOnlySpan<int> codes) =>
        throw new ParquetFormatException("booleans have no dictionary");

    protected override bool TryTake(ValueEncoding encoding, ReadOnlySpan<byte> page, int count)
    {
        Budget.Grow(ref _bits, count);
        var bits = _bits.AsSpan(0, count);
        switch (encoding)
        {
            case ValueEncoding.Plain:
                RequireBytes(((long)count + 7) >> 3, page.Length);
                BitUnpacker.Unpack(page, 0, 1, bits);
                break;
            case ValueEncoding.Rle when count == 0:
                break;
            case ValueEncoding.Rle:
                RequireBytes(sizeof(int), page.Length);
                var bytes = BinaryPrimitives.ReadUInt32LittleEndian(page);
                RequireBytes(bytes, page.Length - sizeof(int));
                new HybridDecoder(page.Slice(sizeof(int), (int)bytes), 1).Read(bits);
                break;
            default:
                return false;
        }

        Budget.Grow(ref _values, (long)_count + count);
        foreach (var bit in bits)
        {
            _values[_count++] = bit != 0;
        }

        return true;
    }
}
