namespace HotPath.Engine.Decode;

/// <summary>
/// A canonical Huffman code of DEFLATE: short codes by one look-up, longer ones bit by bit. Belongs to one inflater.
/// </summary>
internal sealed class HuffmanCode(int symbolCountMax)
{
    public const int BitsMax = 15;
    private const int FastBits = 10;

    // By the next ten bits: symbol times 16 plus length, 0 where the code is longer.
    private readonly ushort[] _fast = new ushort[1 << FastBits];
    private readonly ushort[] _symbols = new ushort[symbolCountMax];
    private readonly ushort[] _countByBits = new ushort[BitsMax + 1];

    /// <summary>False where the lengths make no prefix code: over-subscribed, or incomplete beyond a single code.</summary>
    public bool TryBuild(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_countByBits);
        foreach (var bits in lengths)
        {
            _countByBits[bits]++;
        }

        _countByBits[0] = 0;
        var left = 1;
        var used = 0;
        Span<ushort> symbolAt = stackalloc ushort[BitsMax + 2];
        symbolAt.Clear();
        for (var bits = 1; bits <= BitsMax; bits++)
        {
            left = (left << 1) - _countByBits[bits];
            used += _countByBits[bits];
            symbolAt[bits + 1] = (ushort)(symbolAt[bits] + _countByBits[bits]);
            if (left < 0)
            {
                return false;
            }
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
            {
                _symbols[symbolAt[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        FillFast();

        // RFC 1951: one distance code of one bit, or none at all, is allowed.
        return left == 0 || used <= 1;
    }

    /// <summary>The length of the code that begins <paramref name="bits"/> (lowest bit first), or 0 for none.</summary>
    public int Decode(uint bits, out int symbol)
    {
        var fast = _fast[bits & ((1 << FastBits) - 1)];
        symbol = fast >> 4;
        return fast != 0 ? fast & 15 : DecodeWhenLong(bits, out symbol);
    }

    private int DecodeWhenLong(uint bits, out int symbol)
    {
        var code = 0;
        var first = 0;
        var index = 0;
        for (var length = 1; length <= BitsMax; length++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            var count = _countByBits[length];
            if (code - count < first)
            {
                symbol = _symbols[index + code - first];
                return length;
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        symbol = 0;
        return 0;
    }

    private void FillFast()
    {
        Array.Clear(_fast);
        var code = 0;
        var index = 0;
        for (var length = 1; length <= FastBits; length++)
        {
            for (var count = _countByBits[length]; count > 0; count--, code++, index++)
            {
                // Codes come highest bit first, bits lowest first.
                var reversed = Reverse(code, length);
                for (var at = reversed; at < _fast.Length; at += 1 << length)
                {
                    _fast[at] = (ushort)((_symbols[index] << 4) | length);
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
