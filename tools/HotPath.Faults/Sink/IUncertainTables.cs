using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>Where the tables of a round are, and how commits to them come to an unknown end. One task, but for what it counts.</summary>
internal interface IUncertainTables : IDisposable
{
    /// <summary>A directory, or <c>s3://bucket/prefix</c>.</summary>
    string Location { get; }

    /// <summary>Commits so far whose writer was not told what became of them.</summary>
    long UnknownCommits { get; }

    /// <summary>From here on faults come; the service may have to be started again under another tracer.</summary>
    Task BeginAsync(Service service);

    /// <summary>A short while under faults. A service that this has killed was started again.</summary>
    Task DisturbAsync(Service service);

    /// <summary>No faults any more.</summary>
    Task EndAsync(Service service);

    /// <summary>Every line that the service says.</summary>
    void Hear(string line);

    /// <summary>What else is worth counting.</summary>
    IEnumerable<(string What, double Count)> Counts { get; }
}
