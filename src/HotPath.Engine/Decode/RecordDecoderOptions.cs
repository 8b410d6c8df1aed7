namespace HotPath.Engine.Decode;

/// <summary>What a decoder of one listener does beyond WIRE.md's defaults. Copied into readonly fields.</summary>
internal sealed record RecordDecoderOptions
{
    /// <summary>
    /// A replay: member <c>receivedAt</c> (milliseconds) is the time of receipt. Such a decoder's origin names the
    /// source <c>""</c> as the sender.
    /// </summary>
    public bool ReadsReceivedAt { get; init; }

    /// <summary>The unit of timestamps in line protocol, whatever the listener's is.</summary>
    public TimestampUnit InfluxTimestampUnit { get; init; } = TimestampUnit.Nanoseconds;

    /// <summary>The tags that may name the machine; the first one in this order that is there does.</summary>
    public IReadOnlyList<string> InfluxEquipmentTags { get; init; } = ["equipmentId", "equipment", "machine_id", "host"];

    /// <summary>A field is the tag <c>measurement.field</c> instead of <c>field</c>.</summary>
    public bool InfluxTagsNameMeasurement { get; init; }

    /// <summary>
    /// From so many names of a sort on, the MessagePack arrays of a record look theirs up together: with 64 bytes of row
    /// and as many of table for each these are 2 MiB, beyond what the second cache holds.
    /// </summary>
    public int FarNamesMin { get; init; } = 1 << 14;

    /// <summary>No fast way is taken: for tests that compare the two. The readings are the same.</summary>
    public bool ReadsByGrammarAlone { get; init; }
}
