namespace HotPath.Delta.Parquet;

/// <summary>
/// Bytes written one after the other, in one array that grows by doubling and is kept when the buffer is cleared.
/// One thread at a time. Over 2 GiB - 64 KiB it refuses.
/// </summary>
internal sealed class GrowingBuffer
{
    private byte[] _bytes;

    public GrowingBuffer(int capacityBytes = 4096) => _bytes = new byte[capacityBytes];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Room for at least so many bytes after what is written. Its content is arbitrary.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - Count < bytes)
        {
            Grow(bytes);
        }

        return _bytes.AsSpan(Count);
    }

    public void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_bytes.Length - Count));
        Count += bytes;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Count += bytes.Length;
    }

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Count++;
    }

    /// <summary>ULEB128: seven bits per byte, the lowest first.</summary>
    public void AppendVarint(ulong value)
    {
        var room = Reserve(10);
        var length = 0;
        while (value >= 0x80)
        {
            room[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[length++] = (byte)value;
        Count += length;
    }

    public void AppendZigzag(long value) => AppendVarint((ulong)(value << 1 ^ value >> 63));

    /// <summary>Overwrites what was written before.</summary>
    public Span<byte> At(int offset, int bytes) => _bytes.AsSpan(0, Count).Slice(offset, bytes);

    private void Grow(int bytes)
    {
        var needed = (long)Count + bytes;
        if (needed > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"A column chunk would need {needed} bytes in memory. Write fewer rows per batch or smaller row groups.");
        }

        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
    }
}
