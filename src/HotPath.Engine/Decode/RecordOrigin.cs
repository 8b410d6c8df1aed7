namespace HotPath.Engine.Decode;

/// <summary>Where a record came from: what a decoder needs to know beside its bytes.</summary>
/// <param name="Listener">Index in <c>NameTables.Listeners</c>.</param>
/// <param name="SenderSourceIndex">The source of readings that name none: the sender's address, or stream and shard.</param>
/// <param name="ReceivedAtMicros">The engine's clock when the batch was received.</param>
/// <param name="TimestampUnit">The unit of integer timestamps.</param>
internal readonly record struct RecordOrigin(
    ushort Listener,
    int SenderSourceIndex,
    long ReceivedAtMicros,
    TimestampUnit TimestampUnit);

/// <summary>The unit of integer timestamps of a listener.</summary>
internal enum TimestampUnit : byte
{
    Milliseconds = 0,
    Microseconds = 1,
    Seconds = 2,
    Nanoseconds = 3,
}
