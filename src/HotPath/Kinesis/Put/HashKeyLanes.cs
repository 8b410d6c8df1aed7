using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The hash keys (MD5) of up to sixteen partition keys at once, a lane of a vector each: what one costs with the system's
/// library is more than decoding its reading, and a producer may use as many different keys as it likes. Belongs to one
/// call; never allocates.
/// </summary>
/// <remarks>A lane takes one block of 64 bytes, of which a bit and the length take nine: RFC 1321.</remarks>
internal sealed class HashKeyLanes
{
    public const int LaneCount = 16;

    /// <summary>Bytes of the longest key that a lane takes.</summary>
    public const int KeyBytesMax = BlockBytes - 9;

    private const int BlockBytes = 64;
    private const int WordCount = BlockBytes / sizeof(uint);
    private const int LengthWord = 14;

    // By word, then by lane: a vector is the same word of all keys.
    private readonly uint[] _words = new uint[WordCount * LaneCount];
    private readonly UInt128[] _hashKeys = new UInt128[LaneCount];

    public int Count { get; private set; }

    public bool IsFull => Count == LaneCount;

    /// <summary>Takes a key of at most <see cref="KeyBytesMax"/> bytes into the next lane.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        Engine.Invariant.Holds(key.Length <= KeyBytesMax && !IsFull);

        ref var lane = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_words), Count++);
        var at = 0;
        for (; key.Length - at >= sizeof(uint); at += sizeof(uint))
        {
            lane = BinaryPrimitives.ReadUInt32LittleEndian(key[at..]);
            lane = ref Unsafe.Add(ref lane, LaneCount);
        }

        // What remains, and behind it the bit that ends the key.
        var rest = 0x80u;
        for (var last = key.Length - 1; last >= at; last--)
        {
            rest = (rest << 8) | key[last];
        }

        lane = rest;
        _words[(LengthWord * LaneCount) + Count - 1] = (uint)key.Length * 8;
    }

    /// <summary>The hash keys of what was added, in its order; then the lanes are empty.</summary>
    public ReadOnlySpan<UInt128> Take()
    {
        var a = Vector512.Create(0x67452301u);
        var b = Vector512.Create(0xefcdab89u);
        var c = Vector512.Create(0x98badcfeu);
        var d = Vector512.Create(0x10325476u);
        ref var words = ref Unsafe.As<uint, Vector512<uint>>(ref MemoryMarshal.GetArrayDataReference(_words));
        for (var step = 0; step < 16; step += 4)
        {
            a = Turn(a, d ^ (b & (c ^ d)), b, WordOf(ref words, step), step, 7);
            d = Turn(d, c ^ (a & (b ^ c)), a, WordOf(ref words, step + 1), step + 1, 12);
            c = Turn(c, b ^ (d & (a ^ b)), d, WordOf(ref words, step + 2), step + 2, 17);
            b = Turn(b, a ^ (c & (d ^ a)), c, WordOf(ref words, step + 3), step + 3, 22);
        }

        for (var step = 16; step < 32; step += 4)
        {
            a = Turn(a, c ^ (d & (b ^ c)), b, WordOf(ref words, (5 * step) + 1), step, 5);
            d = Turn(d, b ^ (c & (a ^ b)), a, WordOf(ref words, (5 * step) + 6), step + 1, 9);
            c = Turn(c, a ^ (b & (d ^ a)), d, WordOf(ref words, (5 * step) + 11), step + 2, 14);
            b = Turn(b, d ^ (a & (c ^ d)), c, WordOf(ref words, (5 * step) + 16), step + 3, 20);
        }

        for (var step = 32; step < 48; step += 4)
        {
            a = Turn(a, b ^ c ^ d, b, WordOf(ref words, (3 * step) + 5), step, 4);
            d = Turn(d, a ^ b ^ c, a, WordOf(ref words, (3 * step) + 8), step + 1, 11);
            c = Turn(c, d ^ a ^ b, d, WordOf(ref words, (3 * step) + 11), step + 2, 16);
            b = Turn(b, c ^ d ^ a, c, WordOf(ref words, (3 * step) + 14), step + 3, 23);
        }

        for (var step = 48; step < 64; step += 4)
        {
            a = Turn(a, c ^ (b | ~d), b, WordOf(ref words, 7 * step), step, 6);
            d = Turn(d, b ^ (a | ~c), a, WordOf(ref words, (7 * step) + 7), step + 1, 10);
            c = Turn(c, a ^ (d | ~b), d, WordOf(ref words, (7 * step) + 14), step + 2, 15);
            b = Turn(b, d ^ (c | ~a), c, WordOf(ref words, (7 * step) + 21), step + 3, 21);
        }

        Gather(
            a + Vector512.Create(0x67452301u), b + Vector512.Create(0xefcdab89u),
            c + Vector512.Create(0x98badcfeu), d + Vector512.Create(0x10325476u));
        Array.Clear(_words);
        var count = Count;
        Count = 0;
        return _hashKeys.AsSpan(0, count);
    }

    /// <summary>The constants of the steps: the first 32 bits of |sin(step + 1)|.</summary>
    private static ReadOnlySpan<uint> Sines =>
    [
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
    ];

    // Safe because the index is taken modulo the count of words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> WordOf(ref Vector512<uint> words, int index) => Unsafe.Add(ref words, index & (WordCount - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Turn(
        Vector512<uint> turned, Vector512<uint> mixed, Vector512<uint> next, Vector512<uint> word, int step, int bits)
    {
        var sum = turned + mixed + (word + Vector512.Create(Sines[step]));
        return next + ((sum << bits) | (sum >>> (32 - bits)));
    }

    /// <summary>The digest is read as one number, first byte first; its words stand least byte first.</summary>
    private void Gather(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d)
    {
        for (var lane = 0; lane < LaneCount; lane++)
        {
            var upper = ((ulong)BinaryPrimitives.ReverseEndianness(a[lane]) << 32) | BinaryPrimitives.ReverseEndianness(b[lane]);
            var lower = ((ulong)BinaryPrimitives.ReverseEndianness(c[lane]) << 32) | BinaryPrimitives.ReverseEndianness(d[lane]);
            _hashKeys[lane] = new UInt128(upper, lower);
        }
    }
}
