namespace HotPath.Delta.Parquet;

/// <summary>
/// How far a file is trusted. Reading a column of a row group takes at most <see cref="MemoryBytesBase"/> plus
/// <see cref="MemoryBytesPerFileByte"/> times the length of the file; a column that needs more is refused. A base is
/// needed because honest runs are short: a million equal values are a dozen bytes.
/// </summary>
public sealed record ParquetReaderOptions
{
    public long MemoryBytesBase { get; init; } = 256 << 20;

    public int MemoryBytesPerFileByte { get; init; } = 64;

    /// <summary>Whether pages that carry a CRC-32 are checked against it.</summary>
    public bool VerifyChecksums { get; init; } = true;
}
