using System.Buffers.Binary;
using HotPath.Engine.Native;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// The records of one call as they lie in the log of raw records, little endian:
/// <code>
/// magic u32 | body bytes u32 | first LSN i64 | arrived, micros i64 | last record's slot u32 | stream name bytes u32
///   | CRC-32C of the body u32 | CRC-32C of these 36 bytes u32
/// body   = stream name | record ...
/// record = slot within the call u32 | shard index u32 | key bytes u32 | data bytes u32 | key | data
/// </code>
/// The LSN of a record is the first LSN and its slot. Pure functions; any thread.
/// </summary>
internal readonly record struct RawFrame(
    int BodyBytes, long LsnFirst, long ArrivedMicros, int SlotLast, int StreamNameBytes, uint BodyCrc)
{
    public const int HeadBytes = 40;
    public const int RecordHeadBytes = 16;

    private const uint Magic = 0x5752_5048; // HPRW
    private const int HeadCrcAt = HeadBytes - sizeof(uint);

    public int Bytes => HeadBytes + BodyBytes;

    public long LsnLast => LsnFirst + SlotLast;

    public void Write(Span<byte> head)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], BodyBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], LsnFirst);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], ArrivedMicros);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], SlotLast);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], StreamNameBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(head[32..], BodyCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(head[HeadCrcAt..], Crc32C.Of(head[..HeadCrcAt]));
    }

    /// <summary>False for what is no head: the end of what was written, or damage.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out RawFrame frame)
    {
        frame = default;
        if (from.Length < HeadBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[HeadCrcAt..]) != Crc32C.Of(from[..HeadCrcAt]))
        {
            return false;
        }

        frame = new RawFrame(
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[32..]));
        return true;
    }

    public static void WriteRecordHead(Span<byte> into, int slotAt, int shardIndex, int keyBytes, int dataBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, slotAt);
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], shardIndex);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], keyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], dataBytes);
    }

    /// <summary>Takes the next record off a body whose checksum was right.</summary>
    public static RawRecord Next(ref ReadOnlySpan<byte> records)
    {
        var keyBytes = BinaryPrimitives.ReadInt32LittleEndian(records[8..]);
        var dataBytes = BinaryPrimitives.ReadInt32LittleEndian(records[12..]);
        var record = new RawRecord(
            BinaryPrimitives.ReadInt32LittleEndian(records),
            BinaryPrimitives.ReadInt32LittleEndian(records[4..]),
            records.Slice(RecordHeadBytes, keyBytes),
            records.Slice(RecordHeadBytes + keyBytes, dataBytes));
        records = records[(RecordHeadBytes + keyBytes + dataBytes)..];
        return record;
    }
}

/// <summary>One record of a frame.</summary>
internal readonly ref struct RawRecord(int slotAt, int shardIndex, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
{
    public int SlotAt { get; } = slotAt;

    public int ShardIndex { get; } = shardIndex;

    public ReadOnlySpan<byte> Key { get; } = key;

    public ReadOnlySpan<byte> Data { get; } = data;
}
