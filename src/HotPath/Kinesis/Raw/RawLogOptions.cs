namespace HotPath.Kinesis.Raw;

/// <summary>How long the raw records of `ingest` streams are kept to be read again.</summary>
internal sealed record RawLogOptions
{
    public required string Directory { get; init; }

    /// <summary>A record is kept at least so long, unless <see cref="BytesMax"/> is reached before.</summary>
    public long KeepMicros { get; init; } = 24 * 3_600_000_000L;

    /// <summary>What all files take together; the oldest go first.</summary>
    public long BytesMax { get; init; } = 1L << 30;

    /// <summary>A file is ended at this size, or after an eighth of the time, and goes whole.</summary>
    public long SegmentBytes => Math.Min(64L << 20, BytesMax / 8);

    /// <summary>Whether answers wait until the disk has it, as the journal does with `sync: batch`.</summary>
    public bool Syncs { get; init; } = true;
}
