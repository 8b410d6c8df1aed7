namespace HotPath.Serve.Http;

// What the API says of sources and of what waits in a machine. Times are event times unless said otherwise.

/// <param name="At">When the shards were asked; null = they have not answered yet.</param>
/// <param name="Machines">The machines that are furthest behind, and whom they wait for.</param>
internal sealed record SourcesPage(
    DateTime? At, int Total, IReadOnlyList<SourceDocument> Items, IReadOnlyList<WaitingMachineDocument> Machines, string? Next);

/// <param name="ProgressAt">The greatest event time seen from it.</param>
/// <param name="LagSeconds">The arrival clock less that: skew and silence together.</param>
/// <param name="SkewSeconds">
/// How far its newest event time was behind the arrival clock when it was last heard: its way here, and what its clock is
/// slow; negative = its clock is fast. Null = not known.
/// </param>
/// <param name="SilentSeconds">Since it was last heard. Null = not known.</param>
/// <param name="IsIdle">Silent for longer than time.idleTimeout: it holds nobody back.</param>
/// <param name="MachinesHeld">Machines whose watermark waits for it.</param>
/// <param name="LateReadings">Since start.</param>
/// <param name="LateSecondsMax">The most that one of them was behind its machine's watermark.</param>
/// <param name="DatagramsLost">Since start, of the senders of frames that brought its readings; null = none did.</param>
internal sealed record SourceDocument(
    string Id,
    DateTime ProgressAt,
    double LagSeconds,
    double? SkewSeconds,
    double? SilentSeconds,
    bool IsIdle,
    int MachinesHeld,
    long LateReadings,
    double LateSecondsMax,
    long? DatagramsLost,
    long? ReadingsLost);

/// <param name="HeldBy">The source that it waits for; null = all of its sources are idle, and it goes with the clock.</param>
/// <param name="WaitingReadings">Readings that wait for the watermark.</param>
internal sealed record WaitingMachineDocument(
    string EquipmentId, DateTime Watermark, double LagSeconds, string? HeldBy, int WaitingReadings);

/// <summary>A machine as its shard has it now.</summary>
/// <param name="Watermark">Everything up to here has been evaluated; null = it has none yet.</param>
/// <param name="LagSeconds">The arrival clock less the watermark.</param>
/// <param name="HeldBy">The source that it waits for; null = all are idle.</param>
/// <param name="Armed">What happens by itself when the watermark gets there, the next first.</param>
/// <param name="ArmedCount">More than are listed, where there are more than 1,024.</param>
/// <param name="TagCount">The same of tags.</param>
internal sealed record InsightDocument(
    DateTime? Watermark,
    double? LagSeconds,
    string? HeldBy,
    int WaitingReadings,
    IReadOnlyList<ArmedDocument> Armed,
    int ArmedCount,
    IReadOnlyList<TagDocument> Tags,
    int TagCount,
    IReadOnlyList<string> Sources);

/// <param name="Kind">
/// hold = a case is met and waits out its `for`; clear = it is over and waits out its `clear`; stale = a tag gets too old;
/// announcement = a downtime outlasts the micro-stop limit.
/// </param>
/// <param name="RuleId">Null of a tag, which several rules may read.</param>
/// <param name="State">Of the case.</param>
/// <param name="Tag">That gets stale.</param>
/// <param name="Since">When the condition flipped, the tag was last seen, the downtime began.</param>
/// <param name="At">When it is due.</param>
/// <param name="InSeconds">From the watermark to there; null = there is no watermark yet.</param>
internal sealed record ArmedDocument(
    string Kind, string? RuleId, string? State, string? Reason, string? Tag, DateTime Since, DateTime At, double? InSeconds);

/// <summary>The last reading of a tag; the value as in the table of readings.</summary>
/// <param name="IsRead">Some rule of the machine reads it.</param>
internal sealed record TagDocument(
    string Tag, DateTime EventTime, double? Number, string? Text, bool? Flag, string Quality, string SourceId, bool IsRead);
