using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>
/// Hashes for dictionaries, secret per process: values come from outside, and nobody may choose them so that they all
/// fall into one slot. What is written does not depend on the seed, since codes are given in order of first occurrence.
/// </summary>
internal static class HashSeed
{
    private static readonly ulong Multiplier = Draw() | 1;
    private static readonly ulong Start = Draw();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(long value) => Fold((ulong)value ^ Start, Multiplier);

    public static ulong Hash(ReadOnlySpan<byte> value)
    {
        var hash = Start ^ (uint)value.Length;
        for (; value.Length >= 8; value = value[8..])
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(value), Multiplier);
        }

        if (value.IsEmpty)
        {
            return Fold(hash, Multiplier);
        }

        var last = 0UL;
        for (var i = 0; i < value.Length; i++)
        {
            last |= (ulong)value[i] << (8 * i);
        }

        return Fold(Fold(hash ^ last, Multiplier), Multiplier);
    }

    // Both halves of the product: every bit of the input moves every bit of the result.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Draw() => MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
