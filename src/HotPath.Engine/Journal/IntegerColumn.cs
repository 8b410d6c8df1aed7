using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Journal;

/// <summary>
/// One column of 64-bit integers of a frame, in the form that needs the fewest bytes. Stateless; any thread may call
/// it. Writing needs <see cref="BytesMax"/> of room; reading checks every length.
/// </summary>
/// <remarks>
/// <code>
/// constant: 0 | value i64
/// offsets:  1 | width u8 | shift u8 | smallest i64 | (value - smallest) >> shift, packed
/// deltas:   2 | width u8 | first i64 | smallest delta i64 | delta - smallest delta, packed, count - 1 of them
/// </code>
/// All differences wrap around, so that any 64-bit values come back as they were.
/// </remarks>
internal static unsafe class IntegerColumn
{
    private const byte Constant = 0;
    private const byte Offsets = 1;
    private const byte Deltas = 2;

    private const int ConstantBytes = 1 + sizeof(long);
    private const int OffsetsHeadBytes = 3 + sizeof(long);
    private const int DeltasHeadBytes = 2 + (2 * sizeof(long));

    public static int BytesMax(int count) => DeltasHeadBytes + (count * sizeof(long)) + BitPacking.SlackBytes;

    /// <summary>Writes the column and destroys <paramref name="values"/>, which serve as scratch.</summary>
    /// <returns>Bytes written.</returns>
    // Safe because the caller gives BytesMax of room. Worth it: JournalBench.
    public static int Write(long* values, int count, byte* into)
    {
        var range = ColumnRange.Of(values, count);
        if (range.Smallest == range.Largest)
        {
            return WriteConstant(range.Smallest, into);
        }

        var deltaWidth = BitPacking.WidthOf((ulong)(range.DeltaLargest - range.DeltaSmallest));
        return deltaWidth < BitPacking.WidthOf((ulong)(range.Largest - range.Smallest))
            ? WriteDeltas(values, count, range.DeltaSmallest, deltaWidth, into)
            : WriteOffsets(values, count, range.Smallest, into);
    }

    /// <summary>Finds the end of a column without unpacking it. False if it does not end in time.</summary>
    public static bool TryMeasure(byte* at, byte* end, int count, out int bytes)
    {
        bytes = 0;
        if (at >= end)
        {
            return false;
        }

        bytes = *at switch
        {
            Constant => ConstantBytes,
            Offsets when end - at >= OffsetsHeadBytes && BitPacking.IsWidth(at[1]) && at[2] < 64 =>
                OffsetsHeadBytes + BitPacking.PackedBytes(count, at[1]),
            Deltas when end - at >= DeltasHeadBytes && BitPacking.IsWidth(at[1]) =>
                DeltasHeadBytes + BitPacking.PackedBytes(count - 1, at[1]),
            _ => int.MaxValue,
        };
        return bytes <= end - at;
    }

    public static bool IsConstant(byte* at, out long value)
    {
        value = *at == Constant ? Unsafe.ReadUnaligned<long>(at + 1) : 0;
        return *at == Constant;
    }

    /// <summary>Reads a column that <see cref="TryMeasure"/> has accepted; slack must be readable behind it.</summary>
    public static void Read(byte* at, int count, long* into)
    {
        switch (*at)
        {
            case Constant:
                new Span<long>(into, count).Fill(Unsafe.ReadUnaligned<long>(at + 1));
                break;
            case Offsets:
                BitPacking.Unpack(at + OffsetsHeadBytes, count, at[1], at[2], Unsafe.ReadUnaligned<long>(at + 3), into);
                break;
            default:
                ReadDeltas(at, count, into);
                break;
        }
    }

    private static int WriteConstant(long value, byte* into)
    {
        into[0] = Constant;
        Unsafe.WriteUnaligned(into + 1, value);
        return ConstantBytes;
    }

    private static int WriteOffsets(long* values, int count, long smallest, byte* into)
    {
        var anyBit = SubtractAndJoin(values, count, smallest);

        // Doubles that were floats end in 29 zero bits, times in whole milliseconds in three.
        var shift = BitOperations.TrailingZeroCount(anyBit);
        var width = BitPacking.WidthOf((ulong)anyBit >> shift);
        if (shift != 0)
        {
            ShiftRight(values, count, shift);
        }

        into[0] = Offsets;
        into[1] = (byte)width;
        into[2] = (byte)shift;
        Unsafe.WriteUnaligned(into + 3, smallest);
        BitPacking.Pack((ulong*)values, count, width, into + OffsetsHeadBytes);
        return OffsetsHeadBytes + BitPacking.PackedBytes(count, width);
    }

    /// <summary>Subtracts from every value; gives every bit that is set in any difference.</summary>
    private static long SubtractAndJoin(long* values, int count, long smallest)
    {
        var index = 0;
        var joined = Vector512<long>.Zero;
        for (; index + Vector512<long>.Count <= count; index += Vector512<long>.Count)
        {
            var difference = Vector512.Load(values + index) - Vector512.Create(smallest);
            difference.Store(values + index);
            joined |= difference;
        }

        var anyBit = 0L;
        for (var lane = 0; lane < Vector512<long>.Count; lane++)
        {
            anyBit |= joined[lane];
        }

        for (; index < count; index++)
        {
            values[index] -= smallest;
            anyBit |= values[index];
        }

        return anyBit;
    }

    private static void ShiftRight(long* values, int count, int shift)
    {
        var index = 0;
        for (; index + Vector512<long>.Count <= count; index += Vector512<long>.Count)
        {
            Vector512.ShiftRightLogical(Vector512.Load(values + index), shift).Store(values + index);
        }

        for (; index < count; index++)
        {
            values[index] >>>= shift;
        }
    }

    private static int WriteDeltas(long* values, int count, long deltaSmallest, int width, byte* into)
    {
        into[0] = Deltas;
        into[1] = (byte)width;
        Unsafe.WriteUnaligned(into + 2, values[0]);
        Unsafe.WriteUnaligned(into + 10, deltaSmallest);
        for (var index = 0; index < count - 1; index++)
        {
            values[index] = values[index + 1] - values[index] - deltaSmallest;
        }

        BitPacking.Pack((ulong*)values, count - 1, width, into + DeltasHeadBytes);
        return DeltasHeadBytes + BitPacking.PackedBytes(count - 1, width);
    }

    private static void ReadDeltas(byte* at, int count, long* into)
    {
        var value = Unsafe.ReadUnaligned<long>(at + 2);
        into[0] = value;
        BitPacking.Unpack(
            at + DeltasHeadBytes, count - 1, at[1], shift: 0, Unsafe.ReadUnaligned<long>(at + 10), into + 1);
        for (var index = 1; index < count; index++)
        {
            value += into[index];
            into[index] = value;
        }
    }
}
