using System.Runtime.InteropServices;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>LZ4_RAW blocks by the system's library.</summary>
internal sealed unsafe partial class Lz4Compressor : PageCompressor
{
    private const string Library = "liblz4.so.1";

    public override CodecId Codec => CodecId.Lz4Raw;

    // LZ4_COMPRESSBOUND of lz4.h.
    public override int BoundBytes(int bytes) => checked(bytes + bytes / 255 + 16);

    public override int Compress(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        // Safe because both spans are pinned for the call and their lengths are passed.
        // Worth it: the library's encoder is the reference; ParquetAgainstDuckDb lz4.
        fixed (byte* source = page, target = destination)
        {
            var written = CompressDefault(source, target, page.Length, destination.Length);
            return written > 0
                ? written
                : throw new InvalidOperationException($"LZ4 did not compress a page of {page.Length} bytes.");
        }
    }

    private static int CompressDefault(byte* source, byte* target, int sourceBytes, int capacity)
    {
        try
        {
            return LZ4_compress_default(source, target, sourceBytes, capacity);
        }
        catch (DllNotFoundException missing)
        {
            throw new CodecMissingException("LZ4_RAW", Library, "liblz4-1", missing);
        }
    }

    [LibraryImport(Library)]
    private static partial int LZ4_compress_default(byte* source, byte* target, int sourceBytes, int capacity);
}
