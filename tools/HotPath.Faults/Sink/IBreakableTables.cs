namespace HotPath.Faults.Sink;

/// <summary>Tables that can be taken away from a running service and given back. One task.</summary>
internal interface IBreakableTables : IAsyncDisposable
{
    string Location { get; }

    /// <summary>The ways in which they go, each in words; the time away is divided among them.</summary>
    IReadOnlyList<(string How, Func<Task> Go)> Ways { get; }

    /// <summary>There again, whole and fast.</summary>
    Task ComeBackAsync();

    /// <summary>Slow, and failing now and then, for a time.</summary>
    Task ShakeAsync(TimeSpan time);
}
