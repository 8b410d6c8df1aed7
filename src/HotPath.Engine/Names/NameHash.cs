using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HotPath.Engine.Names;

/// <summary>
/// A 64-bit hash by multiply and fold over 16 bytes at a time (the construction of wyhash). Stateless; any thread may
/// call it. Salted per process, so that nobody can choose names that collide; never stored.
/// </summary>
internal static class NameHash
{
    private const ulong First = 0xA076_1D64_78BD_642FUL;
    private const ulong Second = 0xE703_7ED1_A0B4_28DBUL;

    private static readonly ulong Salt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    // Safe because every read lies within the length that was just compared. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var length = bytes.Length;
        var seed = Salt;
        ulong head;
        ulong tail;
        if (length > 16)
        {
            var left = length;
            do
            {
                seed = Fold(Read8(ref at, 0) ^ Second, Read8(ref at, 8) ^ seed);
                at = ref Unsafe.Add(ref at, 16);
                left -= 16;
            }
            while (left > 16);

            head = Read8(ref at, left - 16);
            tail = Read8(ref at, left - 8);
        }
        else if (length >= 8)
        {
            head = Read8(ref at, 0);
            tail = Read8(ref at, length - 8);
        }
        else if (length >= 4)
        {
            head = Unsafe.ReadUnaligned<uint>(ref at);
            tail = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, length - 4));
        }
        else
        {
            head = length == 0 ? 0UL : ((ulong)at << 16) | ((ulong)Unsafe.Add(ref at, length >> 1) << 8);
            tail = length == 0 ? 0UL : Unsafe.Add(ref at, length - 1);
        }

        return Fold(Second ^ (ulong)length, Fold(head ^ First, tail ^ seed));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read8(ref byte at, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong one, ulong other)
    {
        var high = Math.BigMul(one, other, out var low);
        return high ^ low;
    }
}
