using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Compresses pages one by one. Holds what the codec reuses; one thread at a time.</summary>
internal abstract class PageCompressor : IDisposable
{
    public abstract CodecId Codec { get; }

    public static PageCompressor Of(ParquetWriterOptions options) =>
        options.CompressionMeter is { } meter ? new MeteredCompressor(Plain(options), meter) : Plain(options);

    private static PageCompressor Plain(ParquetWriterOptions options) => options.Compression switch
    {
        ParquetCompression.Uncompressed => new StoredCompressor(),
        ParquetCompression.Snappy => new SnappyCompressor(),
        ParquetCompression.Zstd => new ZstdCompressor(options.CompressionLevel),
        ParquetCompression.Lz4Raw => new Lz4Compressor(),
        _ => throw new ArgumentOutOfRangeException(nameof(options), $"No such compression: {options.Compression}."),
    };

    /// <summary>The most bytes that a page can become.</summary>
    public abstract int BoundBytes(int bytes);

    /// <summary>Returns the bytes written to <paramref name="destination"/>, which has at least the bound.</summary>
    public abstract int Compress(ReadOnlySpan<byte> page, Span<byte> destination);

    public virtual void Dispose()
    {
    }
}
