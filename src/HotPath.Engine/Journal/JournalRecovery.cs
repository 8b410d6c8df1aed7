namespace HotPath.Engine.Journal;

/// <summary>What was found when a journal was opened.</summary>
internal sealed record JournalRecovery
{
    /// <summary>No journal was there: a new instance begins.</summary>
    public required bool IsNew { get; init; }

    public required Guid Instance { get; init; }

    /// <summary>
    /// The lowest LSN that can be read, or should be where the begin is damaged; above <see cref="LastLsn"/> when there is none.
    /// </summary>
    public required long FirstLsn { get; init; }

    /// <summary>What lay below was removed on purpose, when nobody needed it any longer; 0 when nothing ever was.</summary>
    public required long LowWaterLsn { get; init; }

    /// <summary>The last LSN that is, or must have been, in the journal; -1 when there never was one.</summary>
    public required long LastLsn { get; init; }

    /// <summary>The highest LSN that the journal itself says was durable.</summary>
    public required long DurableLsnKnown { get; init; }

    /// <summary>True if the last thing written was a mark: the end is where it was left.</summary>
    public required bool HasMarkAtEnd { get; init; }

    /// <summary>Bytes of an unfinished frame that were cut off the end: never acknowledged.</summary>
    public required long TornBytes { get; init; }

    /// <summary>Bytes of unfinished names that were cut off.</summary>
    public required long TornNamesBytes { get; init; }

    /// <summary>What is damaged in the part that was looked at: headers and the last segment. Never cut.</summary>
    public required IReadOnlyList<JournalDamage> Damages { get; init; }

    public required int SegmentCount { get; init; }
}

/// <summary>A range of LSNs that cannot be read, and where.</summary>
internal readonly record struct JournalDamage(long FirstLsn, long LastLsn, string FileName, long Offset);
