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
        if (value.Length < sizeof(ulong))
        {
            return Fold(Fold(Short(value) ^ Multiplier, hash), Multiplier);
        }

        // The last words may overlap those before them: the length is part of the hash.
        var last = MemoryMarshal.Read<ulong>(value[^sizeof(ulong)..]);
        for (; value.Length > 2 * sizeof(ulong); value = value[(2 * sizeof(ulong))..])
        {
            hash = Fold(MemoryMarshal.Read<ulong>(value) ^ Multiplier, MemoryMarshal.Read<ulong>(value[sizeof(ulong)..]) ^ hash);
        }

        var first = value.Length >= sizeof(ulong) ? MemoryMarshal.Read<ulong>(value) : 0;
        return Fold(Fold(first ^ Multiplier, last ^ hash), Multiplier);
    }

    private static ulong Short(ReadOnlySpan<byte> value)
    {
        if (value.Length >= sizeof(uint))
        {
            return MemoryMarshal.Read<uint>(value) | (ulong)MemoryMarshal.Read<uint>(value[^sizeof(uint)..]) << 32;
        }

        return value.IsEmpty ? 0 : (ulong)value[0] << 16 | (ulong)value[value.Length >> 1] << 8 | value[^1];
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
