using HotPath.Engine.Decode;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// The streams that there are at start: those that were written down, as they were, and those that are configured, which
/// are made, or cut into as many shards as are configured now. Belongs to its catalog.
/// </summary>
internal sealed class StreamsAtStart(ShardMaker shards)
{
    /// <summary>A stream as it was written down; what it means for readings is the configuration's.</summary>
    /// <exception cref="KinesisConfigurationException">It is configured as something else.</exception>
    public KinesisStream Restore(WrittenStream written, KinesisStreamOptions? configured)
    {
        if (configured is not null && configured.Role != written.Role)
        {
            throw new KinesisConfigurationException(
                $"Stream {written.Name} exists with the role {written.Role} and is configured as {configured.Role}. Give it " +
                "another name.");
        }

        if (!shards.TryName(written.Name, written.Shards.Count, out var listener))
        {
            throw new KinesisConfigurationException($"Stream {written.Name} cannot be made: {ShardMaker.NamesFull.Message}");
        }

        var stream = new KinesisStream
        {
            Name = written.Name,
            Listener = listener,
            TimestampUnit = configured?.TimestampUnit ?? TimestampUnit.Milliseconds,
            Role = written.Role,
            ShardCountWanted = written.ShardCount,
            CreatedSeconds = written.CreatedSeconds,
            RetentionHours = written.RetentionHours,
            RecordBytesMax = written.RecordBytesMax,
        };
        foreach (var (key, value) in written.Tags)
        {
            stream.Tags.Add(key, value);
        }

        foreach (var consumer in written.Consumers)
        {
            stream.Consumers.Add(consumer.Name, consumer);
        }

        foreach (var shard in written.Shards)
        {
            shards.AddWritten(stream, shard);
        }

        if (written.Shards.Count == 0)
        {
            // The process ended while the stream was being made.
            shards.AddFirst(stream);
        }

        stream.Settle();
        return stream;
    }

    /// <summary>Shards that were split or merged by calls stay as they are until the configured number itself changes.</summary>
    /// <exception cref="KinesisConfigurationException">It cannot have so many.</exception>
    public void CutAsConfigured(KinesisStream stream, KinesisStreamOptions configured)
    {
        if (stream.ShardCountWanted == configured.Shards)
        {
            return;
        }

        stream.ShardCountWanted = configured.Shards;
        if (shards.Reshard(stream, ShardMaker.ChildrenFor(stream, configured.Shards), settlesAtMicros: 0) is { } refusal)
        {
            throw new KinesisConfigurationException(
                $"Stream {configured.Name} cannot have {configured.Shards} shards: {refusal.Message} Configure fewer.");
        }

        stream.Settle();
    }
}
