namespace HotPath.Delta;

/// <summary>Which files a vacuum deletes.</summary>
public sealed record VacuumOptions
{
    /// <summary>How long a file stays that no longer belongs to the table; null for <c>delta.deletedFileRetentionDuration</c>.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>
    /// Allow a retention below the table's. Readers of older versions then fail, and a writer that has been at work for
    /// longer than the retention loses files that it has not committed yet.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Only say what would be deleted.</summary>
    public bool DryRun { get; init; }
}

/// <param name="Paths">The files deleted, or that would be, relative to the table.</param>
/// <param name="Bytes">Their size together.</param>
public sealed record VacuumResult(IReadOnlyList<string> Paths, long Bytes);
