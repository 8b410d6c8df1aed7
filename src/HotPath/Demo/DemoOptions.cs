namespace HotPath.Demo;

/// <summary>How much of a demonstration.</summary>
internal sealed record DemoOptions
{
    /// <summary>As the generator reads it, e.g. <c>30s</c>; null = until stopped.</summary>
    public string? Duration { get; init; }

    /// <summary>Readings per second, or <c>max</c>.</summary>
    public required string Rate { get; init; }

    public required int Equipment { get; init; }

    public required int Tags { get; init; }

    public required long Seed { get; init; }

    /// <summary>Null = a directory of its own that is removed at the end.</summary>
    public string? DataDirectory { get; init; }
}
