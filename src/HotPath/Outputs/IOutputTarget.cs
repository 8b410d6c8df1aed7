namespace HotPath.Outputs;

/// <summary>Where rows are delivered to. One task calls it.</summary>
internal interface IOutputTarget : IDisposable
{
    /// <summary>Rows that one delivery takes.</summary>
    int RowsMax { get; }

    /// <summary>Bytes that one delivery takes, keys and all.</summary>
    int BytesMax { get; }

    /// <summary>Delivers rows, and says of each what became of it. Does not throw but when it is stopped.</summary>
    Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop);
}

/// <param name="Problem">Why it was not delivered.</param>
/// <param name="RetryAfter">When the receiver wants to be tried again.</param>
internal readonly record struct Delivery(DeliveryOutcome Outcome, string? Problem = null, TimeSpan? RetryAfter = null)
{
    public static Delivery Done { get; } = new(DeliveryOutcome.Delivered);

    public static Delivery Later(string problem, TimeSpan? retryAfter = null) => new(DeliveryOutcome.Later, problem, retryAfter);

    public static Delivery Never(string problem) => new(DeliveryOutcome.Never, problem);

    /// <summary>The same for all rows of a delivery.</summary>
    public static Delivery[] All(int count, Delivery delivery)
    {
        var all = new Delivery[count];
        Array.Fill(all, delivery);
        return all;
    }
}

internal enum DeliveryOutcome
{
    Delivered,

    /// <summary>To be tried again.</summary>
    Later,

    /// <summary>The receiver will never take it as it is.</summary>
    Never,
}
