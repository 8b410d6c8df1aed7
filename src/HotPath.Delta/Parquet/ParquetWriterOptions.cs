namespace HotPath.Delta.Parquet;

/// <summary>How a Parquet file is written. The defaults suit files of some MiB to a GiB that other engines read.</summary>
public sealed record ParquetWriterOptions
{
    public ParquetCompression Compression { get; init; } = ParquetCompression.Snappy;

    /// <summary>For Zstd only: 1 to 19, or negative for faster than 1.</summary>
    public int CompressionLevel { get; init; } = 1;

    /// <summary>A row group ends here at the latest. 1 Mi rows of 40 bytes are 40 MiB in memory.</summary>
    public int RowGroupRowsMax { get; init; } = 1 << 20;

    /// <summary>A row group also ends once its encoded chunks are this large.</summary>
    public long RowGroupBytesMax { get; init; } = 128 << 20;

    /// <summary>At most this many rows in a page, 64 to 1 Mi: readers skip by page when there is an index.</summary>
    public int PageRowsMax { get; init; } = 20_000;

    /// <summary>A page is about this large before compression.</summary>
    public int PageBytes { get; init; } = 256 << 10;

    /// <summary>A column whose dictionary would grow past this goes on without one.</summary>
    public int DictionaryBytesMax { get; init; } = 1 << 20;

    /// <summary>Column and offset indexes after the row groups.</summary>
    public bool PageIndex { get; init; } = true;

    /// <summary>A CRC-32 in each page header.</summary>
    public bool PageChecksums { get; init; }

    /// <summary>PLAIN and RLE_DICTIONARY only, for readers that know nothing newer.</summary>
    public bool PlainEncodingsOnly { get; init; }

    /// <summary>Bounds of strings and binary in the file are cut to this and marked as not exact.</summary>
    public int StatisticsBytesMax { get; init; } = 64;

    /// <summary>Is told of each page that is compressed; null for nobody.</summary>
    public ICompressionMeter? CompressionMeter { get; init; }

    internal void Validate()
    {
        Require(RowGroupRowsMax >= 1, nameof(RowGroupRowsMax));
        Require(RowGroupBytesMax >= 1, nameof(RowGroupBytesMax));
        Require(PageRowsMax is >= 64 and <= 1 << 20, nameof(PageRowsMax));
        Require(PageBytes is >= 64 and <= 64 << 20, nameof(PageBytes));
        Require(DictionaryBytesMax is >= 0 and <= 16 << 20, nameof(DictionaryBytesMax));
        Require(StatisticsBytesMax is >= 8 and <= 4096, nameof(StatisticsBytesMax));
        Require(CompressionLevel <= 19, nameof(CompressionLevel));
    }

    private static void Require(bool holds, string option)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(option, $"{option} is outside of what a Parquet file may have.");
        }
    }
}
