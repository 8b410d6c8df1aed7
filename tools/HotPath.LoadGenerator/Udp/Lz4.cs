using System.Runtime.InteropServices;

namespace HotPath.LoadGenerator.Udp;

/// <summary>The LZ4 block format by the system's library; without it nothing is compressed.</summary>
internal static unsafe partial class Lz4
{
    private const string Library = "liblz4.so.1";

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Bytes written, or 0 where it does not fit.</summary>
    public static int Compress(ReadOnlySpan<byte> plain, Span<byte> into)
    {
        // Safe because the library is given both lengths. Worth it: a managed block coder would be slower.
        fixed (byte* source = plain)
        fixed (byte* target = into)
        {
            return LZ4_compress_default(source, target, plain.Length, into.Length);
        }
    }

    [LibraryImport(Library)]
    private static partial int LZ4_compress_default(byte* source, byte* target, int sourceBytes, int targetBytes);
}
