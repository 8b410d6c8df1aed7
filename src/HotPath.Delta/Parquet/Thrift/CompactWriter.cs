using System.Text;

namespace HotPath.Delta.Parquet.Thrift;

/// <summary>
/// Writes Thrift's compact protocol into a <see cref="GrowingBuffer"/>. Fields must come in rising order of their ids.
/// One thread at a time.
/// </summary>
/// <remarks>
/// <code>
/// struct  = field* 0x00
/// field   = (id delta 1..15) &lt;&lt; 4 | type, value     or   type, zigzag id, value
/// value   = varint zigzag | varint length, bytes | list | struct | nothing (booleans: the type says it)
/// list    = size (0..14) &lt;&lt; 4 | element type, elements   or   0xF0 | element type, varint size, elements
/// </code>
/// </remarks>
internal sealed class CompactWriter(GrowingBuffer buffer)
{
    private const int DepthMax = 16;

    private readonly int[] _fieldIds = new int[DepthMax];
    private int _depth;

    public GrowingBuffer Buffer => buffer;

    /// <summary>Begins the outermost struct, or an element of a list of structs.</summary>
    public void BeginStruct() => _fieldIds[++_depth] = 0;

    public void EndStruct()
    {
        buffer.Append((byte)CompactType.Stop);
        _depth--;
    }

    public void BeginStruct(int id)
    {
        Field(id, CompactType.Struct);
        BeginStruct();
    }

    public void BeginList(int id, CompactType elementType, int count)
    {
        Field(id, CompactType.List);
        if (count < 15)
        {
            buffer.Append((byte)(count << 4 | (int)elementType));
            return;
        }

        buffer.Append((byte)(0xF0 | (int)elementType));
        buffer.AppendVarint((ulong)count);
    }

    public void Bool(int id, bool value) => Field(id, value ? CompactType.True : CompactType.False);

    public void Byte(int id, sbyte value)
    {
        Field(id, CompactType.Byte);
        buffer.Append((byte)value);
    }

    public void Int16(int id, short value)
    {
        Field(id, CompactType.Int16);
        buffer.AppendZigzag(value);
    }

    public void Int32(int id, int value)
    {
        Field(id, CompactType.Int32);
        buffer.AppendZigzag(value);
    }

    public void Int64(int id, long value)
    {
        Field(id, CompactType.Int64);
        buffer.AppendZigzag(value);
    }

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Field(id, CompactType.Binary);
        BinaryElement(value);
    }

    public void String(int id, string value)
    {
        Field(id, CompactType.Binary);
        StringElement(value);
    }

    public void EmptyStruct(int id)
    {
        BeginStruct(id);
        EndStruct();
    }

    /// <summary>A struct that was written before, with its stop.</summary>
    public void RawStruct(int id, ReadOnlySpan<byte> value)
    {
        Field(id, CompactType.Struct);
        buffer.Append(value);
    }

    public void Int32Element(int value) => buffer.AppendZigzag(value);

    public void Int64Element(long value) => buffer.AppendZigzag(value);

    public void BoolElement(bool value) => buffer.Append((byte)(value ? CompactType.True : CompactType.False));

    public void BinaryElement(ReadOnlySpan<byte> value)
    {
        buffer.AppendVarint((ulong)value.Length);
        buffer.Append(value);
    }

    public void StringElement(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        buffer.AppendVarint((ulong)bytes);
        Encoding.UTF8.GetBytes(value, buffer.Reserve(bytes));
        buffer.Advance(bytes);
    }

    private void Field(int id, CompactType type)
    {
        var delta = id - _fieldIds[_depth];
        if (delta is >= 1 and <= 15)
        {
            buffer.Append((byte)(delta << 4 | (int)type));
        }
        else
        {
            buffer.Append((byte)type);
            buffer.AppendZigzag(id);
        }

        _fieldIds[_depth] = id;
    }
}
