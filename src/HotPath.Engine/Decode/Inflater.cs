using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>
/// DEFLATE (RFC 1951), decompression only, without allocating. Belongs to one decoder and its thread. Bad data is an
/// outcome; output is bounded by its buffer.
/// </summary>
internal sealed unsafe class Inflater
{
    // What one turn of the fast loop may read and write: eight bytes ahead twice, three literals and the longest copy, which
    // is made in steps of sixteen.
    private const int ReadAheadBytes = 16;
    private const int WriteAheadBytes = 3 + 258 + 16;

    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly HuffmanTable _literals = new(DeflateCodes.LiteralCodesMax, firstBits: 11);
    private readonly HuffmanTable _distances = new(DeflateCodes.DistanceCodesMax + 2, firstBits: 9);
    private readonly HuffmanTable _codeLengths = new(CodeLengthOrder.Length, firstBits: 7);
    private readonly byte[] _lengths = new byte[DeflateCodes.LiteralCodesMax + DeflateCodes.DistanceCodesMax + 2];

    private byte* _at;
    private byte* _end;
    private ulong _bits;
    private int _bitCount;
    private ExpandBuffer _into = null!;
    private int _start;
    private int _written;

    /// <summary>Expands one stream behind what the buffer holds. False where it is damaged or too long.</summary>
    /// <param name="compressed">The stream, and perhaps more.</param>
    /// <param name="into">Bounds what is written.</param>
    /// <param name="writtenBytes">Counted on, also where it fails: the work that was done.</param>
    /// <param name="usedBytes">Of what was given.</param>
    public bool TryInflate(ReadOnlySpan<byte> compressed, ExpandBuffer into, ref int writtenBytes, out int usedBytes)
    {
        var isGood = TryBlocks(compressed, into, writtenBytes, out usedBytes);
        writtenBytes = _written;
        return isGood;
    }

    private bool TryBlocks(ReadOnlySpan<byte> compressed, ExpandBuffer into, int writtenBytes, out int usedBytes)
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

        // Bytes that were read ahead are given back, and the rest is copied as it is.
        _at -= _bitCount / 8;
        (_bits, _bitCount) = (0, 0);
        if (_end - _at < length)
        {
            return false;
        }

        new ReadOnlySpan<byte>(_at, (int)length).CopyTo(new Span<byte>(_into.Bytes + _written, (int)length));
        _at += length;
        _written += (int)length;
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
        return _literals.TryBuild(lengths[..288], DeflateCodes.Literals, mayLackCodes: true)
            && _distances.TryBuild(lengths[288..320], DeflateCodes.Distances, mayLackCodes: true)
            && TryCodes();
    }

    private bool TryDynamic()
    {
        if (!TryTake(5, out var literalsSaid) || !TryTake(5, out var distancesSaid) || !TryTake(4, out var codesSaid))
        {
            return false;
        }

        var literals = (int)literalsSaid + 257;
        var distances = (int)distancesSaid + 1;
        if (literals > 286 || distances > DeflateCodes.DistanceCodesMax)
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

        return _codeLengths.TryBuild(codeLengths, DeflateCodes.CodeLengths, mayLackCodes: false)
            && TryLengths(literals + distances)
            && _lengths[DeflateCodes.EndOfBlock] != 0
            && _literals.TryBuild(_lengths.AsSpan(0, literals), DeflateCodes.Literals, mayLackCodes: true)
            && _distances.TryBuild(_lengths.AsSpan(literals, distances), DeflateCodes.Distances, mayLackCodes: true)
            && TryCodes();
    }

    private bool TryLengths(int count)
    {
        for (var index = 0; index < count;)
        {
            if (!TryEntry(_codeLengths, out var entry))
            {
                return false;
            }

            var symbol = (int)(entry >> DeflateCodes.ValueShift);
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

    private bool TryEntry(HuffmanTable table, out uint entry)
    {
        if (_bitCount < HuffmanTable.BitsMax)
        {
            Refill();
        }

        var entries = table.Entries;
        entry = entries[_bits & ((1u << table.FirstBits) - 1)];
        if ((entry & HuffmanTable.LongFlag) != 0)
        {
            var more = (uint)(_bits >> table.FirstBits) & ((1u << table.MoreBits) - 1);
            entry = entries[((entry & ~HuffmanTable.LongFlag) >> HuffmanTable.LongAtShift) + more];
        }

        var bits = (int)(entry & HuffmanTable.LengthMask);
        if (bits == 0 || bits > _bitCount)
        {
            return false;
        }

        _bits >>= bits;
        _bitCount -= bits;
        return true;
    }

    /// <summary>The symbols of a block: fast while there is room on both sides, with every check near the ends.</summary>
    private bool TryCodes()
    {
        while (true)
        {
            _into.TryReserve(Math.Min(_into.BytesMax, _written + (long)WriteAheadBytes));
            var ended = TakeFast();
            if (ended is { } isGood)
            {
                return isGood;
            }

            if (!TryEntry(_literals, out var entry))
            {
                return false;
            }

            if ((entry & DeflateCodes.LiteralFlag) != 0)
            {
                if (!_into.TryReserve(_written + 1L))
                {
                    return false;
                }

                _into.Bytes[_written++] = (byte)(entry >> DeflateCodes.ValueShift);
            }
            else if ((entry & DeflateCodes.EndFlag) != 0)
            {
                return true;
            }
            else if (!TryCopy(entry))
            {
                return false;
            }
        }
    }

    private bool TryCopy(uint lengthEntry)
    {
        if (lengthEntry >> DeflateCodes.LengthShift == 0
            || !TryTake(ExtraBits(lengthEntry), out var lengthMore)
            || !TryEntry(_distances, out var entry) || (entry & DeflateCodes.DistanceFlag) == 0
            || !TryTake(ExtraBits(entry), out var distanceMore))
        {
            return false;
        }

        var length = (int)((lengthEntry >> DeflateCodes.LengthShift) + lengthMore);
        var distance = DistanceOf(entry) + (int)distanceMore;
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

    private static int ExtraBits(uint entry) => (int)(entry >> DeflateCodes.ValueShift) & 15;

    private static int DistanceOf(uint entry) => (int)((entry & ~DeflateCodes.DistanceFlag) >> DeflateCodes.DistanceShift) + 1;

    /// <summary>
    /// Whole symbols while input and room last for any. 56 bits stand ready at the begin of a turn: three codes of literals, or
    /// what is left of them filled up again and a length with its distance, 48 at most.
    /// </summary>
    /// <returns>True at the block's end, false for damage, null where the ends are near.</returns>
    private bool? TakeFast()
    {
        // Safe because a turn begins only with room for all that it may read and write. Worth it: most of a record's cost.
        fixed (uint* literals = _literals.Entries, distances = _distances.Entries)
        {
            var at = _at;
            var (bits, count) = (_bits, _bitCount);
            var atMax = _end - ReadAheadBytes;
            var start = _into.Bytes + _start;
            var to = _into.Bytes + _written;
            var toMax = _into.Bytes + _into.Room - WriteAheadBytes;
            var (literalBits, literalMask, literalMore) = (_literals.FirstBits, (1u << _literals.FirstBits) - 1, (1u << _literals.MoreBits) - 1);
            var (distanceBits, distanceMask, distanceMore) =
                (_distances.FirstBits, (1u << _distances.FirstBits) - 1, (1u << _distances.MoreBits) - 1);
            bool? ended = null;
            if (count == 64)
            {
                // A byte is given back: what follows counts in 63.
                at--;
                (bits, count) = (bits & (ulong.MaxValue >> 8), 56);
            }

            while (at <= atMax && to <= toMax)
            {
                Fill(ref at, ref bits, ref count);
                var entry = Look(literals, bits, literalBits, literalMask, literalMore);
                for (var more = 2; (entry & DeflateCodes.LiteralFlag) != 0; more--)
                {
                    Drop(ref bits, ref count, (int)(entry & HuffmanTable.LengthMask));
                    *to++ = (byte)(entry >> DeflateCodes.ValueShift);
                    if (more == 0)
                    {
                        break;
                    }

                    entry = Look(literals, bits, literalBits, literalMask, literalMore);
                }

                if ((entry & DeflateCodes.LiteralFlag) != 0)
                {
                    continue;
                }

                Drop(ref bits, ref count, (int)(entry & HuffmanTable.LengthMask));
                if (entry >> DeflateCodes.LengthShift == 0 || (entry & DeflateCodes.EndFlag) != 0)
                {
                    ended = (entry & DeflateCodes.EndFlag) != 0;
                    break;
                }

                Fill(ref at, ref bits, ref count);
                var length = (int)(entry >> DeflateCodes.LengthShift) + Take(ref bits, ref count, ExtraBits(entry));
                entry = Look(distances, bits, distanceBits, distanceMask, distanceMore);
                Drop(ref bits, ref count, (int)(entry & HuffmanTable.LengthMask));
                var distance = DistanceOf(entry) + Take(ref bits, ref count, ExtraBits(entry));
                if ((entry & DeflateCodes.DistanceFlag) == 0 || distance > to - start)
                {
                    ended = false;
                    break;
                }

                Copy(to, distance, length);
                to += length;
            }

            // Behind the counted bits stand such that come again with the next bytes.
            _at = at;
            (_bits, _bitCount) = (bits & ((1UL << count) - 1), count);
            _written = (int)(to - _into.Bytes);
            return ended;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fill(ref byte* at, ref ulong bits, ref int count)
    {
        bits |= Unsafe.ReadUnaligned<ulong>(at) << count;
        at += (63 - count) >> 3;
        count |= 56;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Look(uint* entries, ulong bits, int firstBits, uint firstMask, uint moreMask)
    {
        var entry = entries[(uint)bits & firstMask];
        return (entry & HuffmanTable.LongFlag) == 0
            ? entry
            : entries[((entry & ~HuffmanTable.LongFlag) >> HuffmanTable.LongAtShift) + ((uint)(bits >> firstBits) & moreMask)];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Drop(ref ulong bits, ref int count, int dropped)
    {
        bits >>= dropped;
        count -= dropped;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(ref ulong bits, ref int count, int taken)
    {
        var value = (int)(bits & ((1UL << taken) - 1));
        Drop(ref bits, ref count, taken);
        return value;
    }

    /// <summary>May write fifteen bytes more than the length. What is copied may be what was copied just before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* to, int distance, int length)
    {
        var from = to - distance;
        var end = to + length;
        if (distance >= 16)
        {
            do
            {
                Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<Vector128<byte>>(from));
                to += 16;
                from += 16;
            }
            while (to < end);
            return;
        }

        if (distance == 1)
        {
            Unsafe.InitBlockUnaligned(to, *from, (uint)length);
            return;
        }

        // The pattern once more with each step, until eight bytes of it stand there.
        while (distance < 8)
        {
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<ulong>(from));
            to += distance;
            distance *= 2;
            if (to >= end)
            {
                return;
            }
        }

        from = to - distance;
        do
        {
            Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<ulong>(from));
            to += 8;
            from += 8;
        }
        while (to < end);
    }
}
