namespace HotPath.Engine.Decode;

/// <summary>
/// DEFLATE (RFC 1951), decompression only, without allocating. Belongs to one decoder and its thread. Bad data is an
/// outcome; output is bounded by its buffer.
/// </summary>
internal sealed unsafe class Inflater
{
    private const int EndOfBlock = 256;
    private const int LiteralCodesMax = 288;
    private const int DistanceCodesMax = 30;

    private static readonly ushort[] LengthBase =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly byte[] LengthExtraBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static readonly ushort[] DistanceBase =
    [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
        8193, 12289, 16385, 24577,
    ];

    private static readonly byte[] DistanceExtraBits =
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly HuffmanCode _literals = new(LiteralCodesMax);
    private readonly HuffmanCode _distances = new(DistanceCodesMax + 2);
    private readonly HuffmanCode _codeLengths = new(CodeLengthOrder.Length);
    private readonly byte[] _lengths = new byte[LiteralCodesMax + DistanceCodesMax + 2];

    private byte* _at;
    private byte* _end;
    private ulong _bits;
    private int _bitCount;
    private ExpandBuffer _into = null!;
    private int _start;
    private int _written;

    /// <summary>Expands one stream behind what the buffer holds. False where it is damaged or too long.</summary>
    public bool TryInflate(ReadOnlySpan<byte> compressed, ExpandBuffer into, ref int writtenBytes, out int usedBytes)
    {
        _into = into;
        _start = writtenBytes;
        _written = writtenBytes;
        _bits = 0;
        _bitCount = 0;
        usedBytes = 0;

        // Safe because every read checks the end. Worth it: no allocation per record, as the BCL's streams need.
        fixed (byte* at = compressed)
        {
            _at = at;
            _end = at + compressed.Length;
            bool isLast;
            do
            {
                if (!TryTake(3, out var head))
                {
                    return false;
                }

                isLast = (head & 1) != 0;
                var isGood = (head >> 1) switch
                {
                    0 => TryStored(),
                    1 => TryFixed(),
                    2 => TryDynamic(),
                    _ => false,
                };
                if (!isGood)
                {
                    return false;
                }
            }
            while (!isLast);

            // Whole bytes that were read ahead belong to who comes next.
            usedBytes = (int)(_at - at) - (_bitCount / 8);
        }

        writtenBytes = _written;
        return true;
    }

    private void Refill()
    {
        while (_bitCount <= 56 && _at < _end)
        {
            _bits |= (ulong)*_at++ << _bitCount;
            _bitCount += 8;
        }
    }

    private bool TryTake(int count, out uint value)
    {
        if (_bitCount < count)
        {
            Refill();
        }

        value = (uint)(_bits & ((1UL << count) - 1));
        if (_bitCount < count)
        {
            return false;
        }

        _bits >>= count;
        _bitCount -= count;
        return true;
    }

    private bool TryStored()
    {
        TryTake(_bitCount & 7, out _);
        if (!TryTake(16, out var length) || !TryTake(16, out var check) || length != (check ^ 0xFFFF)
            || !_into.TryReserve(_written + (long)length))
        {
            return false;
        }

        for (; length > 0; length--)
        {
            if (!TryTake(8, out var value))
            {
                return false;
            }

            _into.Bytes[_written++] = (byte)value;
        }

        return true;
    }

    private bool TryFixed()
    {
        var lengths = _lengths.AsSpan();
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..288].Fill(8);
        lengths[288..320].Fill(5);
        return _literals.TryBuild(lengths[..288]) && _distances.TryBuild(lengths[288..320]) && TryCodes();
    }

    private bool TryDynamic()
    {
        if (!TryTake(5, out var literalsSaid) || !TryTake(5, out var distancesSaid) || !TryTake(4, out var codesSaid))
        {
            return false;
        }

        var literals = (int)literalsSaid + 257;
        var distances = (int)distancesSaid + 1;
        if (literals > 286 || distances > DistanceCodesMax)
        {
            return false;
        }

        Span<byte> codeLengths = stackalloc byte[19];
        codeLengths.Clear();
        for (var index = 0; index < (int)codesSaid + 4; index++)
        {
            if (!TryTake(3, out var bits))
            {
                return false;
            }

            codeLengths[CodeLengthOrder[index]] = (byte)bits;
        }

        return _codeLengths.TryBuild(codeLengths)
            && TryLengths(literals + distances)
            && _lengths[EndOfBlock] != 0
            && _literals.TryBuild(_lengths.AsSpan(0, literals))
            && _distances.TryBuild(_lengths.AsSpan(literals, distances))
            && TryCodes();
    }

    private bool TryLengths(int count)
    {
        for (var index = 0; index < count;)
        {
            if (!TrySymbol(_codeLengths, out var symbol))
            {
                return false;
            }

            if (symbol < 16)
            {
                _lengths[index++] = (byte)symbol;
                continue;
            }

            var (bits, repeatMin) = symbol switch { 16 => (2, 3), 17 => (3, 3), _ => (7, 11) };
            if (!TryTake(bits, out var more) || (symbol == 16 && index == 0) || index + repeatMin + (int)more > count)
            {
                return false;
            }

            var repeated = symbol == 16 ? _lengths[index - 1] : (byte)0;
            _lengths.AsSpan(index, repeatMin + (int)more).Fill(repeated);
            index += repeatMin + (int)more;
        }

        return true;
    }

    private bool TrySymbol(HuffmanCode code, out int symbol)
    {
        if (_bitCount < HuffmanCode.BitsMax)
        {
            Refill();
        }

        var bits = code.Decode((uint)_bits, out symbol);
        if (bits == 0 || bits > _bitCount)
        {
            return false;
        }

        _bits >>= bits;
        _bitCount -= bits;
        return true;
    }

    private bool TryCodes()
    {
        while (TrySymbol(_literals, out var symbol))
        {
            if (symbol < EndOfBlock)
            {
                if (_written == _into.Capacity && !_into.TryReserve(_written + 1L))
                {
                    return false;
                }

                _into.Bytes[_written++] = (byte)symbol;
            }
            else if (symbol == EndOfBlock)
            {
                return true;
            }
            else if (!TryCopy(symbol - EndOfBlock - 1))
            {
                return false;
            }
        }

        return false;
    }

    private bool TryCopy(int lengthCode)
    {
        if (lengthCode >= LengthBase.Length
            || !TryTake(LengthExtraBits[lengthCode], out var lengthMore)
            || !TrySymbol(_distances, out var distanceCode) || distanceCode >= DistanceCodesMax
            || !TryTake(DistanceExtraBits[distanceCode], out var distanceMore))
        {
            return false;
        }

        var length = LengthBase[lengthCode] + (int)lengthMore;
        var distance = DistanceBase[distanceCode] + (int)distanceMore;
        if (distance > _written - _start || !_into.TryReserve(_written + (long)length))
        {
            return false;
        }

        // Byte by byte: what is copied may be what was copied just before.
        var target = _into.Bytes + _written;
        for (var index = 0; index < length; index++)
        {
            target[index] = target[index - distance];
        }

        _written += length;
        return true;
    }
}
