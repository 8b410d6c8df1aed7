using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Names;

/// <summary>
/// A name as its row of <see cref="NameRows"/>: zeros behind it, its length in the last two bytes. One comparison says
/// whether two names are the same, eight multiplications at once hash them. Stateless; any thread may call it.
/// </summary>
internal static unsafe class NameKey
{
    /// <summary>Longer names have no key, nor has the empty one.</summary>
    public const int NameBytesMax = 64 - sizeof(ushort);

    private const nuint PageMask = 4095;

    // Odd; the upper half of a product depends on every bit of the factor.
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15UL;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int length) => (uint)(length - 1) < NameBytesMax;

    /// <summary>
    /// Whether <see cref="Of(byte*, int)"/> may be asked of a name that begins here, whatever ends behind it: a load by
    /// mask touches the name alone, and any load may stay within its page.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayLoad(byte* at) => Avx512BW.IsSupported || ((nuint)at & PageMask) <= PageMask + 1 - 64;

    /// <summary>Of so many bytes from here, where <see cref="MayLoad"/>. They must not move meanwhile.</summary>
    // Safe because the caller asked whether 64 bytes may be loaded. Worth it: LIMITS section 5, Names.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Of(byte* at, int length)
    {
        var isName = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)length));
        var lengthPlace = Vector512.Create(0UL, 0, 0, 0, 0, 0, 0, 0xFFFF_0000_0000_0000UL).AsUInt16();
        var name = Avx512BW.IsSupported
            ? Avx512BW.MaskLoad(at, isName, Vector512<byte>.Zero)
            : Vector512.ConditionalSelect(isName, Vector512.Load(at), Vector512<byte>.Zero);
        return name | (Vector512.Create((ushort)length) & lengthPlace).AsByte();
    }

    /// <summary>As above, wherever the name stands.</summary>
    public static Vector512<byte> Of(ReadOnlySpan<byte> utf8)
    {
        Span<byte> text = stackalloc byte[64];
        text.Clear();
        utf8.CopyTo(text);
        fixed (byte* at = text)
        {
            return Of(at, utf8.Length);
        }
    }

    /// <summary>
    /// The sum of products of neighbouring words, each with a salt: for two names that differ it is the same once in 2^32
    /// (Black et al., "UMAC", 1999: NH), whoever chose them, as long as the salt is secret. Never stored.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(Vector512<byte> key, Vector512<uint> salt)
    {
        var words = key.AsUInt32() + salt;
        var products = Avx512F.IsSupported
            ? Avx512F.Multiply(words, (words.AsUInt64() >> 32).AsUInt32())
            : (words.AsUInt64() & Vector512.Create((ulong)uint.MaxValue)) * (words.AsUInt64() >> 32);
        var four = products.GetLower() + products.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return Spread(two.ToScalar() + two.GetElement(1));
    }

    /// <summary>Of a name that has no key.</summary>
    public static ulong HashLong(ReadOnlySpan<byte> utf8, Vector512<uint> salt)
    {
        // By polynomial, salted at each step, so that equal lengths are needed as well as luck to collide.
        var hash = (ulong)utf8.Length;
        for (; utf8.Length >= sizeof(ulong); utf8 = utf8[sizeof(ulong)..])
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(utf8), salt.AsUInt64().GetElement(0));
        }

        foreach (var value in utf8)
        {
            hash = Fold(hash ^ value, salt.AsUInt64().GetElement(1));
        }

        return Spread(hash);
    }

    /// <summary>Both halves good: a table takes its place from the lower one and tells apart by the upper one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(ulong sum)
    {
        sum *= Golden;
        return sum ^ (sum >> 32);
    }

    private static ulong Fold(ulong one, ulong other) => Math.BigMul(one, other, out var low) ^ low;
}
