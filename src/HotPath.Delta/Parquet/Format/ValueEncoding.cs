namespace HotPath.Delta.Parquet.Format;

/// <summary>The values are those of Encoding in parquet.thrift.</summary>
internal enum ValueEncoding
{
    Plain = 0,

    /// <summary>The old name of RleDictionary in data pages, and of Plain in dictionary pages.</summary>
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}
