using System.Buffers.Binary;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// Reads deletion vectors. In a file: version byte 1, and at the offset of the descriptor
/// <code>
/// size int32 big-endian | bitmap, size bytes | CRC-32 of the bitmap, int32 big-endian
/// </code>
/// In line, the bitmap as Z85. A bitmap: magic 1681511377, count of 32-bit bitmaps int64, then for each its high 32 bits and a
/// standard Roaring bitmap, all little-endian.
/// </summary>
internal static class DeletionVectors
{
    private const int UuidCharacters = 20;
    private const uint Magic = 1681511377;

    /// <summary>The file that holds a vector, by its path in the store; null for one in line.</summary>
    public static string? FileOf(ITableStore store, DeletionVector vector) => vector.StorageType switch
    {
        "u" => UuidFile(vector.PathOrInlineDv),
        "p" => TablePath.InStore(store, vector.PathOrInlineDv),
        _ => null,
    };

    /// <summary>The numbers of the deleted rows in their order.</summary>
    /// <exception cref="DeltaException">The vector is damaged or its file is gone.</exception>
    public static async ValueTask<long[]> ReadAsync(ITableStore store, DeletionVector vector, CancellationToken cancellation)
    {
        var bitmap = FileOf(store, vector) is { } path
            ? await ReadFileAsync(store, path, vector, cancellation)
            : Base85.TryDecode(vector.PathOrInlineDv, out var inline) ? inline : throw Damaged(vector, "it is no Z85.");
        var rows = new List<long>();
        try
        {
            ReadBitmaps(bitmap, rows);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Damaged(vector, "it ends early.");
        }

        return rows.Count == vector.Cardinality
            ? [.. rows]
            : throw Damaged(vector, $"it names {rows.Count} rows and should name {vector.Cardinality}.");
    }

    private static string UuidFile(string text)
    {
        if (text.Length < UuidCharacters || !Base85.TryDecode(text.AsSpan(text.Length - UuidCharacters), out var uuid))
        {
            throw new DeltaException($"The deletion vector '{text}' names no file.");
        }

        var prefix = text[..^UuidCharacters];
        var name = $"deletion_vector_{new Guid(uuid, bigEndian: true):D}.bin";
        return prefix.Length == 0 ? name : prefix + "/" + name;
    }

    private static async ValueTask<byte[]> ReadFileAsync(
        ITableStore store,
        string path,
        DeletionVector vector,
        CancellationToken cancellation)
    {
        using var file = await store.TryOpenAsync(path, cancellation) ?? throw Damaged(vector, $"its file '{path}' is gone.");
        var offset = vector.Offset ?? 1;
        var size = new byte[sizeof(int)];
        var bitmap = new byte[vector.SizeInBytes];
        if (file.Read(offset, size) != size.Length
            || BinaryPrimitives.ReadInt32BigEndian(size) != vector.SizeInBytes
            || file.Read(offset + sizeof(int), bitmap) != bitmap.Length)
        {
            throw Damaged(vector, $"'{path}' does not hold it at offset {offset}.");
        }

        return bitmap;
    }

    private static void ReadBitmaps(ReadOnlySpan<byte> bytes, List<long> rows)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            throw new DeltaException("A deletion vector does not begin with its magic number.");
        }

        var count = BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]);
        bytes = bytes[12..];
        for (var index = 0L; index < count; index++)
        {
            var high = (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes) << 32;
            bytes = Roaring.Read(bytes[4..], high, rows);
        }
    }

    private static DeltaException Damaged(DeletionVector vector, string why) =>
        new($"The deletion vector '{vector.Id}' cannot be read: {why}");
}
