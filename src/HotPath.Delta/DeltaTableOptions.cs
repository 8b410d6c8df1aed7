using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>How this process works on a table. Nothing here is stored in the table.</summary>
public sealed record DeltaTableOptions
{
    /// <summary>The time of commits and files; also what waiting between two attempts goes by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How often a commit is tried while other writers are faster. Each attempt but the first waits up to 256 ms.</summary>
    public int CommitAttemptsMax { get; init; } = 100;

    /// <summary>Who wrote it, as other engines show it in the history.</summary>
    public string EngineName { get; init; } = "HotPath/0.1.0";

    /// <summary>How <c>s3://</c> locations are reached.</summary>
    public S3StoreOptions? S3 { get; init; }

    /// <summary>How data files are written.</summary>
    public ParquetWriterOptions Parquet { get; init; } = new();

    /// <summary>A data file ends once it holds this many bytes; the next batch begins another.</summary>
    public long FileBytesMax { get; init; } = 1L << 30;

    /// <summary>
    /// Write a checkpoint after every commit whose version is a multiple of <c>delta.checkpointInterval</c>, and clean the log
    /// then. A failure of it never fails the commit.
    /// </summary>
    public bool CheckpointsItself { get; init; } = true;

    /// <summary>
    /// Write <c>v.crc</c> after each commit: what the table then consists of, from which other engines begin and by which
    /// they find damage. It costs one small file; a failure of it never fails the commit.
    /// </summary>
    public bool WritesChecksums { get; init; } = true;

    /// <summary>Told of a checkpoint, checksum or cleanup that failed after a commit that stands.</summary>
    public Action<Exception>? OnMaintenanceFault { get; init; }
}
