using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Udp;

namespace HotPath.LoadGenerator.Run;

/// <summary>What one run is asked to do.</summary>
internal sealed record LoadOptions
{
    public required PlanOptions Plan { get; init; }

    public Endpoint? Udp { get; init; }

    public Endpoint? Kinesis { get; init; }

    /// <summary>A file that takes the readings in place of a receiver.</summary>
    public string? OutputPath { get; init; }

    public PayloadFormat FileFormat { get; init; } = PayloadFormat.Json;

    /// <summary>Of the datagrams; frames around envelopes where nothing else is asked for.</summary>
    public PayloadFormat UdpFormat { get; init; } = PayloadFormat.Frame;

    public PayloadFormat KinesisFormat { get; init; } = PayloadFormat.MessagePackEnvelope;

    /// <summary>Readings per second over all feeds; infinity = as fast as they are taken.</summary>
    public double ReadingsPerSecond { get; init; }

    public TimeSpan Duration { get; init; }

    public double LossShare { get; init; }

    /// <summary>Shares of the datagrams that are sent twice, and behind later ones.</summary>
    public double RepeatShare { get; init; }

    public double ReorderShare { get; init; }

    /// <summary>Readings in a datagram at most; 0 = as many as fit.</summary>
    public int DatagramReadings { get; init; }

    /// <summary>The kernel may cut runs of equal datagrams (UDP_SEGMENT).</summary>
    public bool CutsRuns { get; init; } = true;

    public FrameOptions Frames { get; init; } = new();

    /// <summary>How long heartbeats go on behind the last reading.</summary>
    public TimeSpan Afterwards { get; init; }

    public string? TruthPath { get; init; }

    /// <summary>The receiver's metrics page, or null.</summary>
    public Uri? Report { get; init; }

    /// <summary>Datagrams on their way at most; 0 = what fits the largest socket buffer of this system.</summary>
    public int WindowDatagrams { get; init; }

    public string Stream { get; init; } = "readings";

    public SigningOptions? Signing { get; init; }

    public int Connections { get; init; } = 4;

    public int RecordsPerCall { get; init; } = 100;

    public int RecordBytes { get; init; } = 1_400;

    /// <summary>Records are KPL aggregates, each piece an inner record.</summary>
    public bool Aggregates { get; init; }

    public bool JsonProgress { get; init; }

    public bool JsonResult { get; init; }
}

internal readonly record struct Endpoint(string Host, int Port)
{
    /// <summary>As a Host header has it: an IPv6 address stands in brackets.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
