using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Put;

/// <summary>A call that was read, with what it was read from.</summary>
internal readonly ref struct PutInput(PutCall call, ReadOnlyMemory<byte> body, WireFormat format, long nowMicros)
{
    public PutCall Call { get; } = call;

    public ReadOnlySpan<byte> Body { get; } = body.Span;

    public WireFormat Format { get; } = format;

    /// <summary>The engine's clock, read once per call.</summary>
    public long NowMicros { get; } = nowMicros;

    public KinesisOperation Operation { get; init; }

    public required Schemas Schemas { get; init; }

    /// <summary>The words for what is known to be wrong: the slow checks on the whole tree, whose turn is before all others.</summary>
    /// <param name="otherwise">What is wrong when they find nothing.</param>
    public Refusal SlowRefusal(Refusal? otherwise = null) =>
        !WireFormats.TryRead(Format, body, out var tree)
            ? Refusal.Serialization
            : Schemas.Check(Operation, tree, out _)
                ?? otherwise
                ?? Refusal.InvalidArgument("StreamName and StreamARN do not agree, or a member is not UTF-8.");
}
