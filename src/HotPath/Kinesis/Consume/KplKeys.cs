using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using HotPath.Engine.Decode;
using HotPath.Kinesis.Streams;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// Whether the records in an aggregate belong to the shard that it was found in. Producers send again what a change of
/// shards has brought into a wrong one, so that an aggregate with a stranger in it is passed over whole, as the client
/// libraries do; else its records would count twice.
/// </summary>
internal static class KplKeys
{
    private const int HeadBytes = 4;
    private const int Md5Bytes = 16;

    /// <summary>True also for what is no sound aggregate: that is one plain record.</summary>
    public static bool AreWithin(ReadOnlySpan<byte> record, HashKeyRange range)
    {
        if (!KplAggregate.TryOpen(record, out _))
        {
            return true;
        }

        // Sound, so that every field can be read, and every index is within its table.
        var keys = new List<UInt128>();
        var explicitKeys = new List<UInt128>();
        var message = record[HeadBytes..^Md5Bytes];
        for (var rest = message; !rest.IsEmpty;)
        {
            var (field, _, content) = Next(ref rest);
            if (field == 1)
            {
                keys.Add(BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(content)));
            }
            else if (field == 2)
            {
                // What is no number decides nothing: it is outside of every range.
                explicitKeys.Add(UInt128.TryParse(content, NumberStyles.None, CultureInfo.InvariantCulture, out var key)
                    ? key
                    : UInt128.MaxValue);
            }
        }

        for (var rest = message; !rest.IsEmpty;)
        {
            var (field, _, content) = Next(ref rest);
            if (field == 3 && !range.Contains(HashKeyOf(content, keys, explicitKeys)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The explicit key counts if its index is present, be it 0.</summary>
    private static UInt128 HashKeyOf(ReadOnlySpan<byte> record, List<UInt128> keys, List<UInt128> explicitKeys)
    {
        var hashKey = UInt128.Zero;
        var isExplicit = false;
        while (!record.IsEmpty)
        {
            var (field, value, _) = Next(ref record);
            if (field == 2)
            {
                hashKey = explicitKeys[(int)value];
                isExplicit = true;
            }
            else if (field == 1 && !isExplicit)
            {
                hashKey = keys[(int)value];
            }
        }

        return hashKey;
    }

    private static Field Next(ref ReadOnlySpan<byte> rest)
    {
        var tag = Varint(ref rest);
        var number = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                return new Field(number, Varint(ref rest), default);
            case 2:
                var length = (int)Varint(ref rest);
                var content = rest[..length];
                rest = rest[length..];
                return new Field(number, 0, content);
            default:
                rest = rest[((tag & 7) == 1 ? 8 : 4)..];
                return new Field(number, 0, default);
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = rest[0];
            rest = rest[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private readonly ref struct Field(int number, ulong value, ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _content = content;

        public void Deconstruct(out int fieldNumber, out ulong fieldValue, out ReadOnlySpan<byte> fieldContent)
        {
            fieldNumber = number;
            fieldValue = value;
            fieldContent = _content;
        }
    }
}
