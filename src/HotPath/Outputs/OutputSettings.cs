namespace HotPath.Outputs;

/// <summary>One output as it is configured.</summary>
internal sealed record OutputSettings
{
    /// <summary>Names its position and its dead letters: a file name.</summary>
    public required string Name { get; init; }

    public bool Transitions { get; init; } = true;

    public bool Downtimes { get; init; } = true;

    /// <summary>Over rules' ids.</summary>
    public IReadOnlyList<string> RuleGlobs { get; init; } = ["*"];

    /// <summary>Whether a new output begins with the oldest row there is, or with what comes.</summary>
    public bool BeginsWithOldest { get; init; }

    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one row is tried before it becomes a dead letter.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Null only in tests of what does not die.</summary>
    public DeadLetters? DeadLetters { get; init; }
}
