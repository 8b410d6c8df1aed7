using System.Numerics;
using System.Runtime.Intrinsics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Bits of rows, 64 to a word, bit 0 first; bits past the last row are 0.</summary>
internal static class ValidityWords
{
    public static int CountFor(int rows) => (rows + 63) >> 6;

    /// <summary>Copies the bits of some rows to the start of <paramref name="words"/> and returns how many are set.</summary>
    public static int Slice(ReadOnlySpan<ulong> validity, int start, int rows, Span<ulong> words)
    {
        var count = CountFor(rows);
        var shift = start & 63;
        validity = validity[(start >> 6)..];
        for (var i = 0; i < count; i++)
        {
            var word = validity[i] >> shift;
            if (shift != 0 && i + 1 < validity.Length)
            {
                word |= validity[i + 1] << (64 - shift);
            }

            words[i] = word;
        }

        return MaskAndCount(words[..count], rows);
    }

    /// <summary>Sets the bits of the codes that are not negative and returns how many there are.</summary>
    public static int FromCodes(ReadOnlySpan<int> codes, Span<ulong> words)
    {
        var count = CountFor(codes.Length);
        var full = codes.Length >> 6;
        for (var i = 0; i < full; i++)
        {
            var block = codes.Slice(i << 6, 64);
            var negative = Vector512.Create(block[..16]).ExtractMostSignificantBits()
                | Vector512.Create(block.Slice(16, 16)).ExtractMostSignificantBits() << 16
                | Vector512.Create(block.Slice(32, 16)).ExtractMostSignificantBits() << 32
                | Vector512.Create(block[48..]).ExtractMostSignificantBits() << 48;
            words[i] = ~negative;
        }

        if (full < count)
        {
            var word = 0UL;
            var rest = codes[(full << 6)..];
            for (var i = 0; i < rest.Length; i++)
            {
                word |= (rest[i] >= 0 ? 1UL : 0UL) << i;
            }

            words[full] = word;
        }

        return MaskAndCount(words[..count], codes.Length);
    }

    /// <summary>Copies the values of present rows, without gaps.</summary>
    public static void Compact<T>(ReadOnlySpan<T> values, ReadOnlySpan<ulong> words, Span<T> present)
        where T : unmanaged
    {
        var at = 0;
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            var from = i << 6;
            if (word == ulong.MaxValue)
            {
                values.Slice(from, 64).CopyTo(present[at..]);
                at += 64;
                continue;
            }

            for (; word != 0; word &= word - 1)
            {
                present[at++] = values[from + BitOperations.TrailingZeroCount(word)];
            }
        }
    }

    private static int MaskAndCount(Span<ulong> words, int rows)
    {
        if ((rows & 63) != 0)
        {
            words[^1] &= (1UL << (rows & 63)) - 1;
        }

        var set = 0;
        foreach (var word in words)
        {
            set += BitOperations.PopCount(word);
        }

        return set;
    }
}
