using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The format of a ledger file. Pure functions over bytes; any thread may call them.
/// </summary>
/// <remarks>
/// <code>
/// file    = header record*                         name = ledger-{first LSN, 19 digits}.seg
/// header  = "HPL1" u32 | format u32 | instance 16 | first LSN i64 | length of the file before i64 | zeros 20
///           | crc32c u32 of all before                                                              (64 bytes)
/// record  = crc32c u32 of the rest | zero u32 | head 24 | body | zeros to a multiple of 8      (head and body: LedgerRecords.cs)
/// </code>
/// All little endian. What a file holds is a function of the journal alone: the same records in the same order, rolled
/// to the next file by the same rule, so that a ledger that is derived again is equal to the last byte.
/// </remarks>
internal static class LedgerSegment
{
    public const int HeaderBytes = 64;
    public const int PrefixBytes = 8;

    /// <summary>A file takes no further LSN once it is larger: transitions of hours, still read at once by a person's tool.</summary>
    public const long RollBytes = 64L * 1024 * 1024;

    private const uint Magic = 0x314C_5048; // "HPL1"
    public const uint Format = 2;
    private const string NamePrefix = "ledger-";
    private const string NameSuffix = ".seg";

    public static string NameOf(long lsnFirst) =>
        NamePrefix + lsnFirst.ToString("D19", CultureInfo.InvariantCulture) + NameSuffix;

    /// <summary>The segments of a directory by first LSN, ascending. Other files are ignored.</summary>
    public static List<(long LsnFirst, string Name)> List(IDisk disk)
    {
        disk.TryList(out var names).ThrowIfFailed($"The ledger directory {disk.Root} cannot be listed");
        var segments = new List<(long LsnFirst, string Name)>();
        foreach (var name in names)
        {
            if (name.StartsWith(NamePrefix, StringComparison.Ordinal)
                && name.EndsWith(NameSuffix, StringComparison.Ordinal)
                && long.TryParse(
                    name.AsSpan(NamePrefix.Length, name.Length - NamePrefix.Length - NameSuffix.Length),
                    NumberStyles.None, CultureInfo.InvariantCulture, out var lsn)
                && NameOf(lsn) == name)
            {
                segments.Add((lsn, name));
            }
        }

        segments.Sort();
        return segments;
    }

    /// <param name="header">Its first 64 bytes are filled.</param>
    /// <param name="instance">The journal's.</param>
    /// <param name="lsnFirst">The LSN of the first record, as in the name.</param>
    /// <param name="previousBytes">How long the file before it is; 0 for the first. So a lost end of it is found.</param>
    public static void WriteHeader(Span<byte> header, Guid instance, long lsnFirst, long previousBytes)
    {
        header[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Format);
        instance.TryWriteBytes(header[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], lsnFirst);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], previousBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Of(header[..60]));
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, Guid instance, long lsnFirst, out long previousBytes)
    {
        previousBytes = 0;
        if (header.Length < HeaderBytes)
        {
            return false;
        }

        previousBytes = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        Span<byte> expected = stackalloc byte[HeaderBytes];
        WriteHeader(expected, instance, lsnFirst, previousBytes);
        return header[..HeaderBytes].SequenceEqual(expected);
    }

    /// <summary>The format that a whole header names; 0 where there is none.</summary>
    public static uint FormatOf(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderBytes
        && BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) == Crc32C.Of(header[..60])
            ? BinaryPrimitives.ReadUInt32LittleEndian(header[4..])
            : 0;

    /// <summary>Frames a record (head and body) behind its checksum. <paramref name="into"/> has room for both.</summary>
    public static void WriteRecord(Span<byte> into, ReadOnlySpan<byte> record)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], 0);
        record.CopyTo(into[PrefixBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into, Crc32C.Of(into.Slice(4, 4 + record.Length)));
    }

    /// <summary>The record at the beginning of <paramref name="bytes"/>, if it is there whole and valid.</summary>
    public static bool TryReadRecord(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (bytes.Length < PrefixBytes + LedgerRecordHead.SizeBytes)
        {
            return false;
        }

        var lengthBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[PrefixBytes..]);
        if (lengthBytes < LedgerRecordHead.SizeBytes || (lengthBytes & 7) != 0 || lengthBytes > bytes.Length - PrefixBytes)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Crc32C.Of(bytes.Slice(4, 4 + lengthBytes)))
        {
            return false;
        }

        record = bytes.Slice(PrefixBytes, lengthBytes);
        return true;
    }

    public static ref readonly LedgerRecordHead HeadOf(ReadOnlySpan<byte> record) =>
        ref MemoryMarshal.AsRef<LedgerRecordHead>(record);
}
