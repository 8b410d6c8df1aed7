using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Names;

/// <summary>Equality of short runs of bytes by two overlapping loads of each, without a loop. Stateless.</summary>
internal static class ShortBytes
{
    // Safe because each load lies within the length that was just compared. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreSame(ref byte one, ref byte other, int length)
    {
        if (length is >= 8 and < 32)
        {
            // Two words from the front and two from the end; below 16 bytes they are the same two, without a branch.
            var second = (length & 16) >> 1;
            return (Difference(ref one, ref other, 0) | Difference(ref one, ref other, second)
                | Difference(ref one, ref other, length - 8 - second) | Difference(ref one, ref other, length - 8)) == 0;
        }

        return length >= 32 ? AreSameFrom32(ref one, ref other, length) : AreSameBelow8(ref one, ref other, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreSameFrom32(ref byte one, ref byte other, int length) =>
        length <= 2 * Vector256<byte>.Count
            ? ((Vector256.LoadUnsafe(ref one) ^ Vector256.LoadUnsafe(ref other))
                | (Vector256.LoadUnsafe(ref one, (nuint)length - 32) ^ Vector256.LoadUnsafe(ref other, (nuint)length - 32)))
                == Vector256<byte>.Zero
            : MemoryMarshal.CreateReadOnlySpan(ref one, length).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref other, length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Difference(ref byte one, ref byte other, int at) => Read<ulong>(ref one, at) ^ Read<ulong>(ref other, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreSameBelow8(ref byte one, ref byte other, int length)
    {
        if (length >= sizeof(uint))
        {
            return ((Read<uint>(ref one, 0) ^ Read<uint>(ref other, 0))
                | (Read<uint>(ref one, length - 4) ^ Read<uint>(ref other, length - 4))) == 0;
        }

        return length == 0
            || (one == other && Unsafe.Add(ref one, length >> 1) == Unsafe.Add(ref other, length >> 1)
                && Unsafe.Add(ref one, length - 1) == Unsafe.Add(ref other, length - 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Read<T>(ref byte at, int offset) => Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref at, offset));
}
