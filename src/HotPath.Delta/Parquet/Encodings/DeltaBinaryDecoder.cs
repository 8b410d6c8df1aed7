namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Reads DELTA_BINARY_PACKED, which <see cref="DeltaBinaryEncoder"/> draws, with blocks of any size. Input may be anything.</summary>
internal ref struct DeltaBinaryDecoder
{
    // parquet-mr and HotPath write 128, parquet-rs 256, the test files of Arrow Go 128; larger ones are a mistake.
    private const int BlockValuesMax = 1 << 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _blockValues;
    private readonly int _miniblocks;

    public DeltaBinaryDecoder(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        var blockValues = ReadVarint();
        var miniblocks = ReadVarint();
        var count = ReadVarint();
        if (blockValues is 0 or > BlockValuesMax
            || miniblocks is 0
            || miniblocks > blockValues
            || blockValues % miniblocks != 0
            || blockValues / miniblocks % 8 != 0
            || count > int.MaxValue)
        {
            throw new ParquetFormatException($"delta blocks of {blockValues} values in {miniblocks} miniblocks, {count} values in all");
        }

        (_blockValues, _miniblocks, Count) = ((int)blockValues, (int)miniblocks, (int)count);
    }

    /// <summary>How many values the page claims to have; each costs bytes only when it is read.</summary>
    public int Count { get; }

    /// <summary>The bytes read so far; after <see cref="Read"/>, where the next part of the page begins.</summary>
    public int Position { get; private set; }

    /// <summary>Reads all values, as many as <see cref="Count"/>.</summary>
    public void Read(scoped Span<long> values, bool is32Bits)
    {
        if (values.Length != Count)
        {
            throw new ParquetFormatException($"a page has {Count} values in delta where {values.Length} belong");
        }

        var value = ReadZigzag();
        if (values.IsEmpty)
        {
            return;
        }

        values[0] = is32Bits ? (int)value : value;
        var miniblockValues = _blockValues / _miniblocks;
        Span<ulong> relative = stackalloc ulong[64];
        for (var at = 1; at < values.Length;)
        {
            var least = ReadZigzag();
            var widths = Take(_miniblocks);
            for (var i = 0; i < _miniblocks && at < values.Length; i++)
            {
                var packed = TakeMiniblock(widths[i], miniblockValues);
                var count = Math.Min(miniblockValues, values.Length - at);
                for (var done = 0; done < count;)
                {
                    // 64 values are a multiple of 8, so that each part begins at a byte.
                    var part = Math.Min(relative.Length, count - done);
                    BitUnpacker.Unpack(packed[Math.Min(packed.Length, done / 8 * widths[i])..], widths[i], relative[..part]);
                    foreach (var delta in relative[..part])
                    {
                        value = unchecked(value + least + (long)delta);
                        values[at++] = is32Bits ? (int)value : value;
                    }

                    done += part;
                }
            }
        }
    }

    private ReadOnlySpan<byte> TakeMiniblock(int width, int miniblockValues)
    {
        if (width > 64)
        {
            throw new ParquetFormatException($"deltas of {width} bits");
        }

        return Take(width * (miniblockValues / 8));
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _bytes.Length - Position)
        {
            throw new ParquetFormatException("values in delta end too early");
        }

        var taken = _bytes.Slice(Position, bytes);
        Position += bytes;
        return taken;
    }

    private long ReadZigzag()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new ParquetFormatException("a number in delta has no end");
    }
}
