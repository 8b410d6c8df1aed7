namespace HotPath.LoadGenerator.Truth;

/// <summary>A transition or a downtime row that must come out. Times are microseconds since the epoch.</summary>
internal sealed record ExpectedRow
{
    public required bool IsTransition { get; init; }

    public required string Rule { get; init; }

    public required string Equipment { get; init; }

    /// <summary>The instant at which it becomes known.</summary>
    public required long At { get; init; }

    public string From { get; init; } = "";

    public string To { get; init; } = "";

    public long Since { get; init; }

    public string? Group { get; init; }

    public string Cause { get; init; } = "";

    public long Start { get; init; }

    public int Ordinal { get; init; }

    /// <summary>Null: it is an announcement.</summary>
    public long? End { get; init; }

    public string Category { get; init; } = "";

    public bool? Micro { get; init; }

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public int Revision { get; init; }
}
