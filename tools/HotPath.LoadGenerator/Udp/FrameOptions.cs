namespace HotPath.LoadGenerator.Udp;

/// <summary>What frames carry beside their payload.</summary>
internal sealed record FrameOptions
{
    /// <summary>Payloads that become shorter by it go out as an LZ4 block.</summary>
    public bool Lz4 { get; init; }

    public bool Crc32C { get; init; }

    /// <summary>The key that every frame is signed with; null: none is.</summary>
    public byte[]? HmacKey { get; init; }

    /// <summary>The sender's id; null: drawn from the seed. A key belongs to an id.</summary>
    public ulong? Sender { get; init; }
}
