using HotPath.Kinesis.Streams;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>What a stream's records are read from. Any thread.</summary>
internal interface IRecordLog
{
    /// <summary>Behind everything that can be read now.</summary>
    RowPosition Tip { get; }

    /// <summary>Whether the time in a sequence number is that of its record; else its place among those of the LSN.</summary>
    bool NumbersCarryTime { get; }

    /// <summary>Reads a shard's records from a position on, as many as the limits allow; never waits for more.</summary>
    ReadPage Read(string streamName, StreamShard shard, in ReadFrom from, int recordsMax);
}

/// <summary>Where reading begins.</summary>
/// <param name="Position">The first record that counts.</param>
/// <param name="NotBeforeMillis">Records before the first one that arrived then are passed over; 0 = none is.</param>
internal readonly record struct ReadFrom(RowPosition Position, long NotBeforeMillis)
{
    public static ReadFrom At(RowPosition position) => new(position, 0);
}

/// <summary>One record as readers get it.</summary>
internal readonly record struct ReadRecord(SequenceNumber Number, byte[] PartitionKey, byte[] Data, long ArrivedMillis);

/// <summary>What one read gave.</summary>
/// <param name="Next">Where the next one goes on.</param>
/// <param name="IsAtTip">Everything that there is has been read.</param>
internal sealed record ReadPage(IReadOnlyList<ReadRecord> Records, ReadFrom Next, bool IsAtTip);
