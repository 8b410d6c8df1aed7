using System.Buffers.Binary;
using System.Text;

namespace HotPath.Engine.Ring;

/// <summary>
/// What a checkpoint slot says: a consumer's position behind the slots of its block, and the one before them, so that of
/// a block that the journal holds in part exactly the rest is taken again. Immutable; cold.
/// </summary>
/// <remarks>
/// MessagePack, in forms of one length each:
/// <code>
/// [ name str16, slot count int32, position bin16, position before bin16, slots already taken behind that one int32 ]
/// </code>
/// </remarks>
/// <param name="Name">Whose position it is, e.g. an upstream stream and shard.</param>
/// <param name="SlotCount">Slots that follow in the same block.</param>
/// <param name="Value">Where the consumer goes on when it has all of them. Its own format.</param>
/// <param name="Before">Where it went on before them, with <paramref name="SkippedBefore"/> slots behind it already taken.</param>
internal sealed record CheckpointRecord(
    string Name, int SlotCount, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Before, int SkippedBefore)
{
    /// <summary>Of a name, and of a position.</summary>
    public const int TextBytesMax = 4096;

    private const byte ArrayOfFive = 0x95;
    private const byte Str16 = 0xDA;
    private const byte Bin16 = 0xC5;
    private const byte Int32 = 0xD2;

    public byte[] ToBytes()
    {
        var name = Encoding.UTF8.GetBytes(Name);
        Invariant.Holds(name.Length <= TextBytesMax && Value.Length <= TextBytesMax && Before.Length <= TextBytesMax);

        var bytes = new byte[1 + 3 + name.Length + 5 + 3 + Value.Length + 3 + Before.Length + 5];
        bytes[0] = ArrayOfFive;
        var at = WriteText(bytes, 1, Str16, name);
        at = WriteNumber(bytes, at, SlotCount);
        at = WriteText(bytes, at, Bin16, Value.Span);
        at = WriteText(bytes, at, Bin16, Before.Span);
        WriteNumber(bytes, at, SkippedBefore);
        return bytes;
    }

    /// <summary>False if the bytes are not what was written.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CheckpointRecord record)
    {
        record = null!;
        if (bytes.IsEmpty || bytes[0] != ArrayOfFive)
        {
            return false;
        }

        var rest = bytes[1..];
        if (!TryReadText(ref rest, Str16, out var name)
            || !TryReadNumber(ref rest, out var slotCount)
            || !TryReadText(ref rest, Bin16, out var value)
            || !TryReadText(ref rest, Bin16, out var before)
            || !TryReadNumber(ref rest, out var skippedBefore)
            || !rest.IsEmpty)
        {
            return false;
        }

        record = new CheckpointRecord(Encoding.UTF8.GetString(name), slotCount, value, before, skippedBefore);
        return true;
    }

    private static int WriteText(Span<byte> into, int at, byte form, ReadOnlySpan<byte> text)
    {
        into[at] = form;
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 1)..], (ushort)text.Length);
        text.CopyTo(into[(at + 3)..]);
        return at + 3 + text.Length;
    }

    private static int WriteNumber(Span<byte> into, int at, int number)
    {
        into[at] = Int32;
        BinaryPrimitives.WriteInt32BigEndian(into[(at + 1)..], number);
        return at + 5;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, byte form, out byte[] text)
    {
        text = [];
        if (rest.Length < 3 || rest[0] != form || BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) > rest.Length - 3)
        {
            return false;
        }

        var lengthBytes = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
        text = rest.Slice(3, lengthBytes).ToArray();
        rest = rest[(3 + lengthBytes)..];
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, out int number)
    {
        number = 0;
        if (rest.Length < 5 || rest[0] != Int32)
        {
            return false;
        }

        number = BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
        rest = rest[5..];
        return number >= 0;
    }
}
