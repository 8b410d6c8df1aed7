namespace HotPath.Benchmarks.EndToEnd;

/// <summary>One run that was verified. Everything "a reading" is of the readings that the service stored.</summary>
internal sealed record EndToEndOutcome
{
    public required long Readings { get; init; }

    /// <summary>From the first datagram or call until the generator had sent its last.</summary>
    public required double SendSeconds { get; init; }

    /// <summary>After that until everything stood where it belongs: in the tables, or without flush in the ledger.</summary>
    public required double BehindSeconds { get; init; }

    /// <summary>Nanoseconds a reading of all threads of the service, from its readiness until then.</summary>
    public required double CpuNanos { get; init; }

    /// <summary>The same by stage.</summary>
    public required IReadOnlyList<(string Stage, double Nanos)> Stages { get; init; }

    public required double AllocatedBytes { get; init; }

    public required double Collections { get; init; }

    public required double JournalBytes { get; init; }

    public required double TableBytes { get; init; }

    public required double LedgerBytes { get; init; }

    public required double ResidentMibMax { get; init; }

    /// <summary>Readings in the ring's order that no table held yet, the most that was seen.</summary>
    public required double WaitingReadingsMax { get; init; }

    /// <summary>Calls or datagrams that found the ring full: they came again, or waited in the kernel.</summary>
    public required double CallsTurnedAway { get; init; }

    public required long Transitions { get; init; }

    public required double GeneratorCpuNanos { get; init; }

    /// <summary>Of the generator's time, what it waited for its own pace, and for the receiver. Neither: it was the limit.</summary>
    public required double PaceWaitShare { get; init; }

    public required double ReceiverWaitShare { get; init; }

    /// <summary>Milliseconds, sorted; empty where nobody probed.</summary>
    public required double[] LatencyMs { get; init; }

    public double PerSecond => Readings / SendSeconds;

    public double IntoTablesPerSecond => Readings / (SendSeconds + BehindSeconds);
}
