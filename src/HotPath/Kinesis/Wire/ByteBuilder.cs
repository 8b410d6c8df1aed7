using System.Text;

namespace HotPath.Kinesis.Wire;

/// <summary>
/// Bytes put together piece by piece in a buffer that is kept from call to call. One user at a time; grows as needed,
/// bounded by what its user lets in.
/// </summary>
internal sealed class ByteBuilder(int capacity = 4096)
{
    private byte[] _bytes = new byte[capacity];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _count);

    public void Clear() => _count = 0;

    /// <summary>Gives memory back that one large call made it take.</summary>
    public void TrimTo(int capacityMax)
    {
        if (_bytes.Length > capacityMax)
        {
            _bytes = new byte[capacityMax];
        }

        _count = 0;
    }

    public void Append(byte value)
    {
        Reserve(1);
        _bytes[_count++] = value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _count += bytes.Length;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        var room = Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _count += Encoding.UTF8.GetBytes(text, room);
    }

    public void AppendHex(ReadOnlySpan<byte> bytes)
    {
        _ = Convert.TryToHexStringLower(bytes, Reserve(bytes.Length * 2), out var written);
        _count += written;
    }

    /// <summary>Room for at least so many bytes; what is used of it is told by <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (bytes > _bytes.Length - _count)
        {
            GrowWhenFull(bytes);
        }

        return _bytes.AsSpan(_count);
    }

    public void Advance(int bytes) => _count += bytes;

    private void GrowWhenFull(int bytes) =>
        Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(_count + bytes)));
}
