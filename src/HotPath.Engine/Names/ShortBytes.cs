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
        if (length >= 16)
        {
            if (length > 2 * Vector256<byte>.Count)
            {
                return MemoryMarshal.CreateReadOnlySpan(ref one, length).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref other, length));
            }

            var last = (nuint)length;
            return length >= Vector256<byte>.Count
                ? ((Vector256.LoadUnsafe(ref one) ^ Vector256.LoadUnsafe(ref other))
                    | (Vector256.LoadUnsafe(ref one, last - 32) ^ Vector256.LoadUnsafe(ref other, last - 32))) == Vector256<byte>.Zero
                : ((Vector128.LoadUnsafe(ref one) ^ Vector128.LoadUnsafe(ref other))
                    | (Vector128.LoadUnsafe(ref one, last - 16) ^ Vector128.LoadUnsafe(ref other, last - 16))) == Vector128<byte>.Zero;
        }

        if (length >= sizeof(ulong))
        {
            return ((Read<ulong>(ref one, 0) ^ Read<ulong>(ref other, 0))
                | (Read<ulong>(ref one, length - 8) ^ Read<ulong>(ref other, length - 8))) == 0;
        }

        return AreSameBelow8(ref one, ref other, length);
    }

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
