namespace HotPath.LoadGenerator.Truth;

/// <summary>One demo rule as a function of segments.</summary>
internal sealed record ExpectedRule
{
    public required string Id { get; init; }

    /// <summary>Kinds of machines that it covers.</summary>
    public required string[] Machines { get; init; }

    public string Default { get; init; } = "UNKNOWN";

    /// <summary>The heaviest first.</summary>
    public required ExpectedGroup[] Groups { get; init; }

    /// <summary>The category that a state is filed under, or null.</summary>
    public Func<string, string?> Category { get; init; } = _ => null;

    public long MicroStopMicros { get; init; }

    public bool Covers(string equipment) => Machines.Any(kind => equipment.StartsWith(kind, StringComparison.Ordinal));
}

internal sealed record ExpectedGroup
{
    public required string Name { get; init; }

    public required ExpectedCase[] Cases { get; init; }

    public string? Else { get; init; }

    public string? Unknown { get; init; }
}

internal sealed record ExpectedCase
{
    public required string State { get; init; }

    public required Func<Segment, Verdict> When { get; init; }

    public Func<Segment, Verdict>? Until { get; init; }

    public long ForMicros { get; init; }

    public long ClearMicros { get; init; }

    public string? Reason { get; init; }
}
