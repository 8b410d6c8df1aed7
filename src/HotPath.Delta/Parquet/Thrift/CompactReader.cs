using System.Text;

namespace HotPath.Delta.Parquet.Thrift;

/// <summary>
/// Reads Thrift's compact protocol, as <see cref="CompactWriter"/> draws it, from bytes that may be anything: no length is
/// believed beyond the bytes there are, and nesting ends at a depth.
/// </summary>
internal ref struct CompactReader(ReadOnlySpan<byte> bytes)
{
    private const int DepthMax = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    public int Position { get; private set; }

    private readonly int BytesLeft => _bytes.Length - Position;

    /// <summary>Reads the next field of a struct whose last field was <paramref name="id"/>; false at its end.</summary>
    public bool TryReadField(ref int id, out CompactType type)
    {
        var header = ReadByte();
        type = (CompactType)(header & 0x0F);
        if (header == (byte)CompactType.Stop)
        {
            return false;
        }

        var delta = header >> 4;
        id = delta != 0 ? id + delta : (short)ReadZigzag();
        return true;
    }

    public byte ReadByte()
    {
        if (BytesLeft < 1)
        {
            ThrowEnd();
        }

        return _bytes[Position++];
    }

    public ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new ParquetFormatException("a number in the metadata has no end");
    }

    public long ReadZigzag()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int ReadInt32(CompactType type)
    {
        var value = ReadInt64(type);
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new ParquetFormatException($"a 32-bit number in the metadata is {value}");
    }

    public long ReadInt64(CompactType type) => type switch
    {
        CompactType.Byte => (sbyte)ReadByte(),
        CompactType.Int16 or CompactType.Int32 or CompactType.Int64 => ReadZigzag(),
        _ => throw Unexpected("a number", type),
    };

    public readonly bool ReadBool(CompactType type) => type switch
    {
        CompactType.True => true,
        CompactType.False => false,
        _ => throw Unexpected("a boolean", type),
    };

    public ReadOnlySpan<byte> ReadBinary(CompactType type)
    {
        if (type != CompactType.Binary)
        {
            throw Unexpected("bytes", type);
        }

        var length = ReadVarint();
        if (length > (ulong)BytesLeft)
        {
            ThrowEnd();
        }

        var value = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return value;
    }

    public string ReadString(CompactType type) => Encoding.UTF8.GetString(ReadBinary(type));

    /// <summary>Reads the head of a list. An element takes at least a byte, so there are no more than bytes left.</summary>
    public int ReadListHead(CompactType type, out CompactType elementType)
    {
        if (type is not (CompactType.List or CompactType.Set))
        {
            throw Unexpected("a list", type);
        }

        var head = ReadByte();
        elementType = (CompactType)(head & 0x0F);
        var count = head >> 4 == 15 ? ReadVarint() : (ulong)(head >> 4);
        if (count > (ulong)BytesLeft)
        {
            ThrowEnd();
        }

        return (int)count;
    }

    /// <summary>Must stand before reading a struct that is a field or an element, and <see cref="EndStruct"/> after it.</summary>
    public void BeginStruct(CompactType type)
    {
        if (type != CompactType.Struct)
        {
            throw Unexpected("a struct", type);
        }

        Descend();
    }

    public void EndStruct() => _depth--;

    public void Skip(CompactType type)
    {
        switch (type)
        {
            case CompactType.True or CompactType.False:
                break;
            case CompactType.Byte:
                Advance(1);
                break;
            case CompactType.Int16 or CompactType.Int32 or CompactType.Int64:
                ReadVarint();
                break;
            case CompactType.Double:
                Advance(8);
                break;
            case CompactType.Uuid:
                Advance(16);
                break;
            case CompactType.Binary:
                ReadBinary(type);
                break;
            case CompactType.List or CompactType.Set:
                SkipList(type);
                break;
            case CompactType.Map:
                SkipMap();
                break;
            case CompactType.Struct:
                SkipStruct();
                break;
            default:
                throw Unexpected("a field", type);
        }
    }

    private static ParquetFormatException Unexpected(string wanted, CompactType type) =>
        new($"the metadata has {type} where {wanted} belongs");

    private static void ThrowEnd() => throw new ParquetFormatException("the metadata ends too early");

    private void SkipList(CompactType type)
    {
        Descend();
        var count = ReadListHead(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            SkipElement(elementType);
        }

        _depth--;
    }

    private void SkipMap()
    {
        Descend();
        var count = ReadVarint();
        if (count > (ulong)BytesLeft)
        {
            ThrowEnd();
        }

        if (count > 0)
        {
            var types = ReadByte();
            for (var i = 0UL; i < count; i++)
            {
                SkipElement((CompactType)(types >> 4));
                SkipElement((CompactType)(types & 0x0F));
            }
        }

        _depth--;
    }

    // Outside of fields a boolean takes a byte.
    private void SkipElement(CompactType type)
    {
        if (type is CompactType.True or CompactType.False)
        {
            Advance(1);
            return;
        }

        Skip(type);
    }

    private void SkipStruct()
    {
        Descend();
        var id = 0;
        while (TryReadField(ref id, out var type))
        {
            Skip(type);
        }

        _depth--;
    }

    private void Advance(int bytes)
    {
        if (BytesLeft < bytes)
        {
            ThrowEnd();
        }

        Position += bytes;
    }

    private void Descend()
    {
        if (++_depth > DepthMax)
        {
            throw new ParquetFormatException($"the metadata nests deeper than {DepthMax}");
        }
    }
}
