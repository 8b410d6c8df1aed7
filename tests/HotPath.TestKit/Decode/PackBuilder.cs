using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace HotPath.TestKit.Decode;

/// <summary>Writes MessagePack: plain values in their shortest form, and forms on purpose.</summary>
internal sealed class PackBuilder
{
    private readonly ArrayBufferWriter<byte> _to = new();

    public byte[] Bytes => _to.WrittenSpan.ToArray();

    public PackBuilder Nil() => Raw(0xC0);

    public PackBuilder Bool(bool value) => Raw(value ? (byte)0xC3 : (byte)0xC2);

    public PackBuilder Array(int count) => count < 16 ? Raw((byte)(0x90 | count)) : Raw(0xDC, (byte)(count >> 8), (byte)count);

    public PackBuilder Map(int count) => count < 16 ? Raw((byte)(0x80 | count)) : Raw(0xDE, (byte)(count >> 8), (byte)count);

    public PackBuilder Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _ = bytes.Length switch
        {
            < 32 => Raw((byte)(0xA0 | bytes.Length)),
            < 256 => Raw(0xD9, (byte)bytes.Length),
            _ => Raw(0xDA, (byte)(bytes.Length >> 8), (byte)bytes.Length),
        };
        return Raw(bytes);
    }

    public PackBuilder Integer(long value)
    {
        switch (value)
        {
            case >= -32 and <= 127:
                return Raw((byte)value);
            case >= 0 and <= ushort.MaxValue:
                return Raw(0xCD, (byte)(value >> 8), (byte)value);
            case >= 0 and <= uint.MaxValue:
                Raw(0xCE);
                BinaryPrimitives.WriteUInt32BigEndian(_to.GetSpan(4), (uint)value);
                _to.Advance(4);
                return this;
            case >= 0:
                Raw(0xCF);
                break;
            default:
                Raw(0xD3);
                break;
        }

        BinaryPrimitives.WriteInt64BigEndian(_to.GetSpan(8), value);
        _to.Advance(8);
        return this;
    }

    public PackBuilder Real(double value)
    {
        Raw(0xCB);
        BinaryPrimitives.WriteDoubleBigEndian(_to.GetSpan(8), value);
        _to.Advance(8);
        return this;
    }

    public PackBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _to.Write(bytes);
        return this;
    }
}
