using System.Globalization;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>
/// Where a reader wants to begin, for GetShardIterator and SubscribeToShard: their five types, checked in the order and
/// words of the service.
/// </summary>
internal sealed record ReadStart(string Type, string? SequenceNumber, double? Timestamp)
{
    private const string Either =
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
        "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. ";

    /// <returns>Null and the place, or why there is none.</returns>
    public Refusal? Find(ShardView view, RowPosition tip, ReadContext context, out ReadFrom from)
    {
        from = ReadFrom.At(RowPosition.First);
        if (SequenceNumber is not null)
        {
            return Type is "TRIM_HORIZON" or "LATEST"
                ? Refusal.InvalidArgument($"{Either}Request specified {Type} and also a StartingSequenceNumber.")
                : FindNumber(view, context, out from);
        }

        switch (Type)
        {
            case "TRIM_HORIZON":
                return null;
            case "LATEST":
                from = ReadFrom.At(tip);
                return null;
            case "AT_TIMESTAMP":
                return FindTime(context.NowMillis, out from);
            default:
                return Refusal.InvalidArgument($"{Either}Request specified {Type} and no StartingSequenceNumber.");
        }
    }

    private Refusal? FindNumber(ShardView view, ReadContext context, out ReadFrom from)
    {
        from = ReadFrom.At(RowPosition.First);
        var shard = view.Shard;
        var used = $"StartingSequenceNumber {SequenceNumber} used in GetShardIterator on shard {shard.Id} in stream " +
            $"{view.StreamName} under account {context.AccountId} is invalid";
        if (!SequenceClaim.TryParse(SequenceNumber!, out var claim))
        {
            return Refusal.InvalidArgument($"{used}.");
        }

        if (claim.ShardIndex != shard.Index)
        {
            return Refusal.InvalidArgument(
                $"Invalid StartingSequenceNumber. It encodes {claim.ShardId}, while it was used in a call to a shard with {shard.Id}");
        }

        if (claim.Version != 2 || claim.CreatedSeconds != shard.CreatedSeconds)
        {
            return claim.Version == 0
                ? Refusal.InternalFailure
                : Refusal.InvalidArgument($"{used} because it did not come from this stream.");
        }

        // Where a number's lowest part is a time, an LSN is one record; else it is the place among those of the LSN.
        var position = new RowPosition(claim.Lsn, context.NumbersCarryTime ? 0 : claim.Suffix);
        if (Type == "AFTER_SEQUENCE_NUMBER")
        {
            // The number at a shard's end has the highest LSN there is: nothing comes after it.
            position = context.NumbersCarryTime ? new RowPosition(Math.Min(claim.Lsn, long.MaxValue - 1) + 1, 0) : position.Next;
        }

        from = ReadFrom.At(position);
        return null;
    }

    private Refusal? FindTime(long nowMillis, out ReadFrom from)
    {
        from = ReadFrom.At(RowPosition.First);
        if (Timestamp is not { } timestamp)
        {
            return Refusal.InvalidArgument(
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
                "Current request has no timestamp parameter.");
        }

        var millis = timestamp > Timestamps.SecondsMax ? Timestamps.ToMicros(timestamp) / 1e3 : timestamp * 1000;
        if (millis > nowMillis)
        {
            return Refusal.InvalidArgument(string.Create(
                CultureInfo.InvariantCulture,
                $"The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {millis:R}, currentTimestampInMillis: {nowMillis}"));
        }

        from = new ReadFrom(RowPosition.First, (long)Math.Ceiling(millis));
        return null;
    }
}

/// <summary>What the check of a start needs beside the shard.</summary>
internal readonly record struct ReadContext(string AccountId, long NowMillis, bool NumbersCarryTime);
