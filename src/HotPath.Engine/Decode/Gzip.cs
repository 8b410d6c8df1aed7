using System.Buffers.Binary;

namespace HotPath.Engine.Decode;

/// <summary>gzip (RFC 1952): one member or several. Belongs to one decoder and its thread.</summary>
/// <remarks>
/// <code>
/// 1f 8b 08 flags mtime(4) xfl os [extra: u16 length, bytes] [name 00] [comment 00] [crc16] deflate crc32 isize
/// </code>
/// </remarks>
internal sealed unsafe class Gzip
{
    private const int HeadBytes = 10;
    private const int TrailerBytes = 8;
    private const byte FlagHeadCrc = 2;
    private const byte FlagExtra = 4;
    private const byte FlagName = 8;
    private const byte FlagComment = 16;
    private const byte FlagsReserved = 0xE0;

    private readonly Inflater _inflater = new();

    /// <param name="compressed">All members.</param>
    /// <param name="into">Bounds what is written.</param>
    /// <param name="writtenBytes">Also where it fails: the work that was done.</param>
    public bool TryExpand(ReadOnlySpan<byte> compressed, ExpandBuffer into, out int writtenBytes)
    {
        writtenBytes = 0;
        while (!compressed.IsEmpty)
        {
            if (!TrySkipHead(ref compressed))
            {
                return false;
            }

            var memberAt = writtenBytes;
            if (!_inflater.TryInflate(compressed, into, ref writtenBytes, out var usedBytes)
                || compressed.Length - usedBytes < TrailerBytes)
            {
                return false;
            }

            var trailer = compressed[usedBytes..];
            if (!IsWhole(into, memberAt, writtenBytes - memberAt, trailer))
            {
                return false;
            }

            compressed = trailer[TrailerBytes..];
        }

        return true;
    }

    private static bool IsWhole(ExpandBuffer into, int at, int bytes, ReadOnlySpan<byte> trailer)
    {
        // Safe because the inflater wrote them. Worth it: no copy.
        var member = new ReadOnlySpan<byte>(into.Bytes + at, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32.Of(member)
            && BinaryPrimitives.ReadInt32LittleEndian(trailer[4..]) == bytes;
    }

    private static bool TrySkipHead(ref ReadOnlySpan<byte> at)
    {
        if (at.Length < HeadBytes || at[0] != 0x1F || at[1] != 0x8B || at[2] != 8 || (at[3] & FlagsReserved) != 0)
        {
            return false;
        }

        var flags = at[3];
        at = at[HeadBytes..];
        if ((flags & FlagExtra) != 0)
        {
            if (at.Length < 2 || at.Length - 2 < BinaryPrimitives.ReadUInt16LittleEndian(at))
            {
                return false;
            }

            at = at[(2 + BinaryPrimitives.ReadUInt16LittleEndian(at))..];
        }

        if (((flags & FlagName) != 0 && !TrySkipText(ref at)) || ((flags & FlagComment) != 0 && !TrySkipText(ref at)))
        {
            return false;
        }

        var crcBytes = (flags & FlagHeadCrc) != 0 ? 2 : 0;
        if (at.Length < crcBytes)
        {
            return false;
        }

        at = at[crcBytes..];
        return true;
    }

    private static bool TrySkipText(ref ReadOnlySpan<byte> at)
    {
        var end = at.IndexOf((byte)0);
        at = end < 0 ? at : at[(end + 1)..];
        return end >= 0;
    }
}
