namespace HotPath.Delta.Parquet.Format;

/// <summary>The values are those of CompressionCodec in parquet.thrift.</summary>
internal enum CodecId
{
    Uncompressed = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,

    /// <summary>The deprecated framing of Hadoop, never written.</summary>
    Lz4Hadoop = 5,
    Zstd = 6,
    Lz4Raw = 7,
}
