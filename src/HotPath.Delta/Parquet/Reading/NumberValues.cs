using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>INT32, INT64, FLOAT and DOUBLE.</summary>
internal sealed class NumberValues<T>(ReadBudget budget) : LeafValues(budget)
    where T : unmanaged
{
    private T[] _values = [];
    private T[] _dictionary = [];
    private long[] _deltas = [];
    private int _dictionaryCount;
    private int _count;

    private static bool IsWhole => typeof(T) == typeof(int) || typeof(T) == typeof(long);

    public override ColumnVector ToVector()
    {
        if (typeof(T) == typeof(int))
        {
            return ColumnVector.Integers(((int[])(object)_values).AsMemory(0, _count));
        }

        if (typeof(T) == typeof(long))
        {
            return ColumnVector.Longs(((long[])(object)_values).AsMemory(0, _count));
        }

        return typeof(T) == typeof(float)
            ? ColumnVector.Floats(((float[])(object)_values).AsMemory(0, _count))
            : ColumnVector.Doubles(((double[])(object)_values).AsMemory(0, _count));
    }

    protected override void TakeDictionary(ReadOnlySpan<byte> page, int count)
    {
        RequireBytes((long)count * Unsafe.SizeOf<T>(), page.Length);
        Budget.Grow(ref _dictionary, count);
        MemoryMarshal.Cast<byte, T>(page)[..count].CopyTo(_dictionary);
        _dictionaryCount = count;
    }

    protected override void TakeCodes(ReadOnlySpan<int> codes)
    {
        var room = Reserve(codes.Length);
        var dictionary = _dictionary.AsSpan(0, _dictionaryCount);
        for (var i = 0; i < codes.Length; i++)
        {
            var code = codes[i];
            if ((uint)code >= (uint)dictionary.Length)
            {
                throw OutsideDictionary(code, dictionary.Length);
            }

            room[i] = dictionary[code];
        }
    }

    protected override bool TryTake(ValueEncoding encoding, ReadOnlySpan<byte> page, int count)
    {
        switch (encoding)
        {
            case ValueEncoding.Plain:
                RequireBytes((long)count * Unsafe.SizeOf<T>(), page.Length);
                MemoryMarshal.Cast<byte, T>(page)[..count].CopyTo(Reserve(count));
                return true;
            case ValueEncoding.ByteStreamSplit:
                RequireBytes((long)count * Unsafe.SizeOf<T>(), page.Length);
                ByteStreamSplit.Decode(page, Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(Reserve(count)));
                return true;
            case ValueEncoding.DeltaBinaryPacked when IsWhole:
                TakeDeltas(page, count);
                return true;
            default:
                return false;
        }
    }

    private void TakeDeltas(ReadOnlySpan<byte> page, int count)
    {
        if (count == 0)
        {
            return;
        }

        var room = Reserve(count);
        var decoder = new DeltaBinaryDecoder(page);
        if (typeof(T) == typeof(long))
        {
            decoder.Read(MemoryMarshal.Cast<T, long>(room), is32Bits: false);
            return;
        }

        Budget.Grow(ref _deltas, count);
        decoder.Read(_deltas.AsSpan(0, count), is32Bits: true);
        IntegerRange.Narrow(_deltas.AsSpan(0, count), MemoryMarshal.Cast<T, int>(room));
    }

    private Span<T> Reserve(int count)
    {
        Budget.Grow(ref _values, (long)_count + count);
        var room = _values.AsSpan(_count, count);
        _count += count;
        return room;
    }
}
