using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace HotPath.Engine.Names;

/// <summary>
/// A 64-bit hash by multiply and fold over pairs of words, all pairs of a usual name at once (after wyhash). Stateless;
/// any thread may call it. Salted per process, so that nobody can choose names that collide; never stored.
/// </summary>
internal static class NameHash
{
    /// <summary>Two lengths of 32 bytes, overlapping, hold any name up to here.</summary>
    private const int UsualBytesMax = 64;

    private static readonly ulong S0 = NewSalt();
    private static readonly ulong S1 = NewSalt();
    private static readonly ulong S2 = NewSalt();
    private static readonly ulong S3 = NewSalt();
    private static readonly ulong S4 = NewSalt();
    private static readonly ulong S5 = NewSalt();
    private static readonly ulong S6 = NewSalt();
    private static readonly ulong S7 = NewSalt();
    private static readonly ulong SaltOfLength = NewSalt();
    private static readonly ulong SaltOfEnd = NewSalt();

    public static ulong Of(ReadOnlySpan<byte> bytes) => Of(ref MemoryMarshal.GetReference(bytes), bytes.Length);

    /// <summary>Of so many bytes from here.</summary>
    // Safe because every read lies within the length that was just compared. Worth it: LIMITS section 5, Names; the
    // multiplications of a name do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ref byte at, int length)
    {
        ulong pairs;
        if (length is >= 8 and < 32)
        {
            // Two words from the front and two from the end; below 16 bytes they are the same two, without a branch.
            var second = (length & 16) >> 1;
            pairs = Fold(Read8(ref at, 0) ^ S0, Read8(ref at, second) ^ S1)
                ^ Fold(Read8(ref at, length - 8 - second) ^ S2, Read8(ref at, length - 8) ^ S3);
        }
        else
        {
            pairs = length >= 32 ? OfAtLeast32(ref at, length) : OfLessThan8(ref at, length);
        }

        return Fold(pairs ^ SaltOfEnd, (ulong)length ^ SaltOfLength);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OfAtLeast32(ref byte at, int length)
    {
        var head = Fold(Read8(ref at, 0) ^ S0, Read8(ref at, 8) ^ S1) ^ Fold(Read8(ref at, 16) ^ S2, Read8(ref at, 24) ^ S3);
        if (length > UsualBytesMax)
        {
            return OfLong(ref at, length, head);
        }

        ref var tail = ref Unsafe.Add(ref at, length - 32);
        return head
            ^ Fold(Read8(ref tail, 0) ^ S4, Read8(ref tail, 8) ^ S5)
            ^ Fold(Read8(ref tail, 16) ^ S6, Read8(ref tail, 24) ^ S7);
    }

    private static ulong OfLong(ref byte at, int length, ulong head)
    {
        var left = 32;
        for (; left + 16 <= length; left += 16)
        {
            head = Fold(Read8(ref at, left) ^ S4, Read8(ref at, left + 8) ^ head);
        }

        return Fold(Read8(ref at, length - 16) ^ S6, Read8(ref at, length - 8) ^ head);
    }

    private static ulong OfLessThan8(ref byte at, int length)
    {
        if (length >= 4)
        {
            return Fold(
                Unsafe.ReadUnaligned<uint>(ref at) ^ S0, Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, length - 4)) ^ S1);
        }

        var bytes = length == 0
            ? 0UL
            : ((ulong)at << 16) | ((ulong)Unsafe.Add(ref at, length >> 1) << 8) | Unsafe.Add(ref at, length - 1);
        return Fold(bytes ^ S0, S1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read8(ref byte at, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));

    // The upper half alone, and the lower one by a second multiplication: a call that gives both passes one by memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong one, ulong other) =>
        Bmi2.X64.IsSupported
            ? Bmi2.X64.MultiplyNoFlags(one, other) ^ unchecked(one * other)
            : Math.BigMul(one, other, out var low) ^ low;

    private static ulong NewSalt() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
