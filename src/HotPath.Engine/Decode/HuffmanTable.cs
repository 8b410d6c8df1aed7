namespace HotPath.Engine.Decode;

/// <summary>
/// A canonical Huffman code of DEFLATE as a table: one look-up by the next bits gives what a symbol means and how long its code
/// is; codes that are longer than that take a second one. Belongs to one inflater.
/// </summary>
/// <remarks>
/// <code>
/// entry      = meaning of the symbol | bits of its code (0-3)                      0: no code begins so
/// long codes = LongFlag | where their entries begin (8-23) | nothing               by what follows the first bits
/// </code>
/// </remarks>
internal sealed class HuffmanTable
{
    public const int BitsMax = 15;
    public const uint LongFlag = 1u << 29;
    public const uint LengthMask = 15;
    public const int LongAtShift = 8;

    private readonly int _firstBits;
    private readonly int _symbolCountMax;
    private readonly ushort[] _symbols;

    /// <param name="symbolCountMax">Symbols that a code has at most.</param>
    /// <param name="firstBits">Of the first look-up.</param>
    public HuffmanTable(int symbolCountMax, int firstBits)
    {
        (_symbolCountMax, _firstBits) = (symbolCountMax, firstBits);
        _symbols = new ushort[symbolCountMax];

        // In the worst case every long code begins differently.
        var longCodes = firstBits == BitsMax ? 0 : symbolCountMax << (BitsMax - firstBits);
        Entries = new uint[(1 << firstBits) + longCodes];
    }

    public uint[] Entries { get; }

    /// <summary>Of the first look-up: as many as the code needs, so that a small one is made and found in little time.</summary>
    public int FirstBits { get; private set; }

    /// <summary>Of the second look-up; 0 where no code is so long.</summary>
    public int MoreBits { get; private set; }

    /// <summary>False where the lengths make no prefix code: over-subscribed, or incomplete beyond what is allowed.</summary>
    /// <param name="lengths">Bits by symbol, 0 for one that does not occur.</param>
    /// <param name="meanings">By symbol; bits 0-3 and 29 are ours.</param>
    /// <param name="mayLackCodes">No code at all, or a single one of one bit, will do.</param>
    public bool TryBuild(ReadOnlySpan<byte> lengths, ReadOnlySpan<uint> meanings, bool mayLackCodes)
    {
        Span<ushort> countByBits = stackalloc ushort[BitsMax + 1];
        countByBits.Clear();
        foreach (var bits in lengths)
        {
            countByBits[bits]++;
        }

        countByBits[0] = 0;
        var left = 1;
        var used = 0;
        var longest = 1;
        Span<ushort> symbolAt = stackalloc ushort[BitsMax + 2];
        symbolAt.Clear();
        for (var bits = 1; bits <= BitsMax; bits++)
        {
            left = (left << 1) - countByBits[bits];
            used += countByBits[bits];
            longest = countByBits[bits] > 0 ? bits : longest;
            symbolAt[bits + 1] = (ushort)(symbolAt[bits] + countByBits[bits]);
            if (left < 0)
            {
                return false;
            }
        }

        for (var symbol = 0; symbol < Math.Min(lengths.Length, _symbolCountMax); symbol++)
        {
            if (lengths[symbol] != 0)
            {
                _symbols[symbolAt[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        FirstBits = Math.Min(longest, _firstBits);
        MoreBits = longest - FirstBits;
        Fill(countByBits, meanings);

        // RFC 1951: one distance code of one bit, or none at all, is allowed. zlib takes a single length code of one bit too.
        return left == 0 || (mayLackCodes && (used == 0 || (used == 1 && longest == 1)));
    }

    private void Fill(ReadOnlySpan<ushort> countByBits, ReadOnlySpan<uint> meanings)
    {
        var entries = Entries;
        var firstCount = 1 << FirstBits;
        entries.AsSpan(0, firstCount).Clear();
        var longAt = firstCount;
        var code = 0;
        var index = 0;
        for (var length = 1; length <= FirstBits + MoreBits; length++)
        {
            for (var count = countByBits[length]; count > 0; count--, code++, index++)
            {
                // Codes come highest bit first, bits lowest first.
                var reversed = Reverse(code, length);
                var entry = meanings[_symbols[index]] | (uint)length;
                if (length <= FirstBits)
                {
                    for (var at = reversed; at < firstCount; at += 1 << length)
                    {
                        entries[at] = entry;
                    }

                    continue;
                }

                ref var first = ref entries[reversed & (firstCount - 1)];
                if (first == 0)
                {
                    first = LongFlag | ((uint)longAt << LongAtShift);
                    entries.AsSpan(longAt, 1 << MoreBits).Clear();
                    longAt += 1 << MoreBits;
                }

                var longs = entries.AsSpan((int)((first & ~LongFlag) >> LongAtShift), 1 << MoreBits);
                for (var at = reversed >> FirstBits; at < longs.Length; at += 1 << (length - FirstBits))
                {
                    longs[at] = entry;
                }
            }

            code <<= 1;
        }
    }

    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (; length > 0; length--, code >>= 1)
        {
            reversed = (reversed << 1) | (code & 1);
        }

        return reversed;
    }
}
