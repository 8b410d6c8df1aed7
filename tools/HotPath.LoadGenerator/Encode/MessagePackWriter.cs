using System.Buffers.Binary;
using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>
/// The part of MessagePack that readings need. The fixed forms are longer than necessary on purpose: where a field
/// never changes its length, nothing behind it ever moves.
/// </summary>
internal ref struct MessagePackWriter
{
    private readonly Span<byte> _destination;

    public MessagePackWriter(Span<byte> destination)
    {
        _destination = destination;
    }

    public int Position { get; private set; }

    public void Nil() => _destination[Position++] = 0xC0;

    public void Flag(bool value) => _destination[Position++] = value ? (byte)0xC3 : (byte)0xC2;

    /// <summary>An array of up to 65,535 items.</summary>
    public void ArrayHeader(int count)
    {
        if (count < 16)
        {
            _destination[Position++] = (byte)(0x90 | count);
            return;
        }

        _destination[Position] = 0xDC;
        BinaryPrimitives.WriteUInt16BigEndian(_destination[(Position + 1)..], (ushort)count);
        Position += 3;
    }

    /// <summary>A map of up to 15 members.</summary>
    public void MapHeader(int count) => _destination[Position++] = (byte)(0x80 | count);

    /// <summary>A string of up to 255 bytes.</summary>
    public void Text(scoped ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length < 32)
        {
            _destination[Position++] = (byte)(0xA0 | utf8.Length);
        }
        else
        {
            _destination[Position] = 0xD9;
            _destination[Position + 1] = (byte)utf8.Length;
            Position += 2;
        }

        utf8.CopyTo(_destination[Position..]);
        Position += utf8.Length;
    }

    /// <summary>0 to 127 in one byte.</summary>
    public void Small(int value) => _destination[Position++] = (byte)value;

    /// <summary>Eight bytes and their mark, whatever the value.</summary>
    public void FixedInt64(long value)
    {
        _destination[Position] = 0xD3;
        BinaryPrimitives.WriteInt64BigEndian(_destination[(Position + 1)..], value);
        Position += 9;
    }

    /// <summary>Four bytes and their mark, whatever the value.</summary>
    public void FixedUInt32(uint value)
    {
        _destination[Position] = 0xCE;
        BinaryPrimitives.WriteUInt32BigEndian(_destination[(Position + 1)..], value);
        Position += 5;
    }

    public void Value(TagValue value)
    {
        switch (value.Kind)
        {
            case TagValueKind.Number:
                Double(value.Number);
                break;
            case TagValueKind.Text:
                Text(value.Text);
                break;
            default:
                Flag(value.Flag);
                break;
        }
    }

    public void Double(double value)
    {
        _destination[Position] = 0xCB;
        BinaryPrimitives.WriteDoubleBigEndian(_destination[(Position + 1)..], value);
        Position += 9;
    }
}
