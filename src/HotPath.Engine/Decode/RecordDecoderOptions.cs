namespace HotPath.Engine.Decode;

/// <summary>What a decoder of one listener does beyond WIRE.md. Copied into readonly fields.</summary>
internal sealed record RecordDecoderOptions
{
    /// <summary>
    /// A replay: member <c>receivedAt</c> (milliseconds) is the time of receipt. Such a decoder's origin names the
    /// source <c>""</c> as the sender.
    /// </summary>
    public bool ReadsReceivedAt { get; init; }
}
