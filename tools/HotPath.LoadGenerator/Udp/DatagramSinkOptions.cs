namespace HotPath.LoadGenerator.Udp;

/// <summary>How datagrams are made, and what is done to them on purpose.</summary>
internal sealed record DatagramSinkOptions
{
    public required TimeProvider Time { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Datagrams are HPU1 frames; null: they are not.</summary>
    public FrameOptions? Frames { get; init; }

    /// <summary>Readings in a datagram at most; 0: as many as fit.</summary>
    public int DatagramReadings { get; init; }

    /// <summary>Share of the datagrams that are numbered but not sent.</summary>
    public double LossShare { get; init; }

    /// <summary>Share of the datagrams that are sent twice.</summary>
    public double RepeatShare { get; init; }

    /// <summary>Share of the datagrams that are sent behind up to four later ones.</summary>
    public double ReorderShare { get; init; }

    /// <summary>So long heartbeats go on behind the last reading.</summary>
    public TimeSpan Afterwards { get; init; }

    /// <summary>Null: nobody reports, and the pace alone protects the receiver.</summary>
    public SendWindow? Window { get; init; }
}
