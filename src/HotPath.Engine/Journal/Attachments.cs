using System.Buffers.Binary;

namespace HotPath.Engine.Journal;

/// <summary>
/// What belongs to single slots of a frame: raw bytes of rejected records, texts of rule documents,
/// checkpoints of consumers. Belongs to one
/// thread, with the bytes it was read from.
/// </summary>
/// <remarks>
/// MessagePack: <c>[[lsn, bytes], ...]</c>, always in the longest forms (array 32, fixarray, int 64, bin 32), so that
/// sizes are known before; nothing at all when there is none.
/// </remarks>
internal sealed class Attachments
{
    private const byte Array32 = 0xDD;
    private const byte ArrayOfTwo = 0x92;
    private const byte Int64 = 0xD3;
    private const byte Bin32 = 0xC6;

    public const int HeadBytes = 5;

    /// <summary>What one adds to its bytes.</summary>
    public const int EntryHeadBytes = 15;

    private readonly Entry[] _entries = new Entry[SlotColumns.SlotsMax];

    public int Count { get; private set; }

    public static void WriteHead(Span<byte> into, int count)
    {
        into[0] = Array32;
        BinaryPrimitives.WriteInt32BigEndian(into[1..], count);
    }

    /// <returns>Bytes written.</returns>
    public static int WriteEntry(Span<byte> into, long lsn, ReadOnlySpan<byte> bytes)
    {
        into[0] = ArrayOfTwo;
        into[1] = Int64;
        BinaryPrimitives.WriteInt64BigEndian(into[2..], lsn);
        into[10] = Bin32;
        BinaryPrimitives.WriteInt32BigEndian(into[11..], bytes.Length);
        bytes.CopyTo(into[EntryHeadBytes..]);
        return EntryHeadBytes + bytes.Length;
    }

    /// <summary>Finds the entries. False if the bytes are not what was written.</summary>
    public bool TryRead(ReadOnlySpan<byte> bytes)
    {
        Count = 0;
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (bytes.Length < HeadBytes || bytes[0] != Array32)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        var at = HeadBytes;
        while (Count < count && TryReadEntry(bytes, ref at))
        {
        }

        return Count == count && at == bytes.Length;
    }

    /// <summary>Where the bytes of a slot lie in what was read; false if it has none.</summary>
    public bool TryFind(long lsn, out int at, out int lengthBytes)
    {
        // Entries are in the order of LSNs.
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            ref readonly var entry = ref _entries[middle];
            if (entry.Lsn == lsn)
            {
                at = entry.At;
                lengthBytes = entry.LengthBytes;
                return true;
            }

            if (entry.Lsn < lsn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        at = lengthBytes = 0;
        return false;
    }

    private bool TryReadEntry(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (Count == _entries.Length || bytes.Length - at < EntryHeadBytes
            || bytes[at] != ArrayOfTwo || bytes[at + 1] != Int64 || bytes[at + 10] != Bin32)
        {
            return false;
        }

        var lengthBytes = BinaryPrimitives.ReadInt32BigEndian(bytes[(at + 11)..]);
        if (lengthBytes < 0 || lengthBytes > bytes.Length - at - EntryHeadBytes)
        {
            return false;
        }

        _entries[Count++] = new Entry(BinaryPrimitives.ReadInt64BigEndian(bytes[(at + 2)..]), at + EntryHeadBytes, lengthBytes);
        at += EntryHeadBytes + lengthBytes;
        return true;
    }

    private readonly record struct Entry(long Lsn, int At, int LengthBytes);
}
