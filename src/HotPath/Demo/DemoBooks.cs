using HotPath.Serve;

namespace HotPath.Demo;

/// <summary>What was sent, what became of it, and whether that is right.</summary>
internal sealed record DemoBooks
{
    public required long Sent { get; init; }

    public required BooksView Engine { get; init; }

    /// <summary>What the generator had acknowledged by PutRecords.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Rows by table, as the tables themselves say.</summary>
    public required IReadOnlyList<(string Table, long Rows)> Rows { get; init; }

    public required TruthComparison Truth { get; init; }

    public required double Seconds { get; init; }

    public required double CpuNanosPerReading { get; init; }

    public required double AllocatedBytesPerReading { get; init; }

    public double ReadingsPerSecond => Engine.Received / Seconds;

    /// <summary>One set of equations everywhere (README, What is guaranteed).</summary>
    public bool IsBalanced =>
        Sent == Engine.Received + Engine.Lost
        && Engine.Received == Engine.Accepted + Engine.Rejected
        && Engine.Accepted == Engine.Stored + Engine.Duplicate + Engine.Future
        && RowsOf("readings") == Engine.Stored
        && RowsOf("rejected") == Engine.Rejected + Engine.Future;

    public bool IsRight => IsBalanced && Truth.IsEqual;

    public long RowsOf(string table) => Rows.Single(row => row.Table == table).Rows;
}

/// <summary>What the generator says must come out, and what the tables hold.</summary>
internal sealed record TruthComparison
{
    public required long TransitionsExpected { get; init; }

    public required long TransitionsFound { get; init; }

    /// <summary>Downtimes that ended.</summary>
    public required long DowntimesExpected { get; init; }

    public required long DowntimesFound { get; init; }

    /// <summary>Some rows that are expected and not there.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Some rows that are there and not expected.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Why the truth cannot be compared (readings were lost, a call was answered late); null when it can.</summary>
    public required string? NotComparable { get; init; }

    public bool IsEqual => NotComparable is null && Missing.Count == 0 && Unexpected.Count == 0;
}
