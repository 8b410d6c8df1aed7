using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// The LZ4 block format by the system's liblz4. Stateless; any thread may call it. Where the library is missing
/// nothing can be compressed, and what is compressed cannot be read: <see cref="IsAvailable"/> says so beforehand.
/// </summary>
internal static unsafe partial class Lz4
{
    private const string Library = "liblz4.so.1";

    public const string Cure = "Install the LZ4 library of the system (Debian and Ubuntu: apt install liblz4-1).";

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>The longest that so many bytes can become.</summary>
    public static int CompressedBytesMax(int bytes) => bytes + (bytes / 255) + 16;

    /// <summary>False if it does not fit: then it is not worth it.</summary>
    public static bool TryCompress(ReadOnlySpan<byte> plain, Span<byte> into, int acceleration, out int writtenBytes)
    {
        // Safe because the library is given both lengths. Worth it: JournalBench, no copy.
        fixed (byte* source = plain)
        fixed (byte* target = into)
        {
            writtenBytes = LZ4_compress_fast(source, target, plain.Length, into.Length, acceleration);
            return writtenBytes > 0;
        }
    }

    /// <summary>False unless the bytes expand to exactly the length of <paramref name="into"/>.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> into)
    {
        // Safe because the library is given both lengths and checks its input. Worth it: JournalBench.
        fixed (byte* source = compressed)
        fixed (byte* target = into)
        {
            return LZ4_decompress_safe(source, target, compressed.Length, into.Length) == into.Length;
        }
    }

    [LibraryImport(Library)]
    private static partial int LZ4_compress_fast(byte* source, byte* target, int sourceBytes, int targetBytes, int acceleration);

    [LibraryImport(Library)]
    private static partial int LZ4_decompress_safe(byte* source, byte* target, int sourceBytes, int targetBytes);
}
