using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Sink;

/// <summary>How the Delta sink flushes: by rows or age, whichever is first.</summary>
internal sealed record SinkOptions
{
    /// <summary>A directory, or <c>s3://bucket/prefix</c>.</summary>
    public required string Location { get; init; }

    /// <summary>Where the sink keeps its position.</summary>
    public required string PositionDirectory { get; init; }

    /// <summary>False: nothing is flushed, and the journal keeps what the tables miss.</summary>
    public bool IsOn { get; init; } = true;

    public int FlushRows { get; init; } = 1_000_000;

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    public ParquetCompression Compression { get; init; } = ParquetCompression.Zstd;

    /// <summary>About how large merged files become.</summary>
    public long TargetFileBytes { get; init; } = 128L << 20;

    /// <summary>How long removed files stay for readers of older versions.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How an <c>s3://</c> location is reached.</summary>
    public S3StoreOptions? S3 { get; init; }
}
