using System.IO.Compression;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Decompresses pages into exactly the bytes that their header promises, or refuses. Input may be anything.</summary>
internal static class PageDecompressor
{
    public static bool IsKnown(CodecId codec) => codec is CodecId.Uncompressed or CodecId.Snappy or CodecId.Gzip
        or CodecId.Brotli or CodecId.Zstd or CodecId.Lz4Raw or CodecId.Lz4Hadoop;

    public static void Decompress(CodecId codec, ReadOnlySpan<byte> page, Span<byte> destination)
    {
        var isWhole = codec switch
        {
            CodecId.Uncompressed => TryCopy(page, destination),
            CodecId.Snappy => SnappyDecoder.TryDecode(page, destination),
            CodecId.Gzip => TryInflate(page, destination),
            CodecId.Brotli => BrotliDecoder.TryDecompress(page, destination, out var written) && written == destination.Length,
            CodecId.Zstd => TryZstd(page, destination),
            CodecId.Lz4Raw => Lz4Decoder.TryDecode(page, destination),
            CodecId.Lz4Hadoop => Lz4Decoder.TryDecodeHadoop(page, destination) || Lz4Decoder.TryDecode(page, destination),
            _ => throw new ParquetFormatException($"the codec {codec} is not read"),
        };
        if (!isWhole)
        {
            throw new ParquetFormatException(
                $"a page of {page.Length} bytes by {codec} does not decompress to {destination.Length} bytes");
        }
    }

    private static bool TryCopy(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        if (page.Length != destination.Length)
        {
            return false;
        }

        page.CopyTo(destination);
        return true;
    }

    // Several members one after the other are one stream, as gzip has it.
    private static bool TryInflate(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        try
        {
            using var source = new MemoryStream(page.ToArray());
            using var stream = new GZipStream(source, CompressionMode.Decompress);
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length
                && stream.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static unsafe bool TryZstd(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        try
        {
            // Safe because both spans are pinned for the call and their lengths are passed: the library writes no further.
            // Worth it: there is no Zstandard in the class library; ParquetAgainstDuckDb read.
            fixed (byte* source = page, target = destination)
            {
                var written = NativeZstd.Decompress(target, (nuint)destination.Length, source, (nuint)page.Length);
                return NativeZstd.IsError(written) == 0 && written == (nuint)destination.Length;
            }
        }
        catch (DllNotFoundException missing)
        {
            throw NativeZstd.Missing(missing);
        }
    }
}
