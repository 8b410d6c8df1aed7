namespace HotPath.Delta.Parquet;

/// <summary>The codecs HotPath writes. The values are those of CompressionCodec in parquet.thrift.</summary>
public enum ParquetCompression
{
    Uncompressed = 0,

    /// <summary>Snappy, written here.</summary>
    Snappy = 1,

    /// <summary>Needs the system's libzstd.so.1.</summary>
    Zstd = 6,

    /// <summary>Needs the system's liblz4.so.1. Not read by Spark before 3.5.</summary>
    Lz4Raw = 7,
}
