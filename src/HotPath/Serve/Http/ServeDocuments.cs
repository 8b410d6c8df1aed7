using System.Text.Json;
using System.Text.Json.Serialization;
using HotPath.Audit;
using HotPath.Cli.Reports;

namespace HotPath.Serve.Http;

// What the API answers. Times are UTC with microseconds; names are those of tables, in camelCase.

internal sealed record EquipmentPage(
    DateTime At, string Cursor, int Total, CategoryCounts Counts, IReadOnlyList<EquipmentDocument> Items, string? Next);

internal sealed record CategoryCounts(int Down, int Unknown, int Planned, int Other);

/// <param name="Category">Of the state that wants attention most; null = in no list of its rule.</param>
/// <param name="LastEventAt">The event time of the newest reading; null = not known.</param>
internal sealed record EquipmentDocument(
    string Id, string? Category, DateTime? LastEventAt, DateTime? LastReceivedAt, IReadOnlyList<StateDocument> States);

internal sealed record StateDocument(
    string RuleId, string State, string? Category, DateTime Since, string? Reason, DowntimeDocument? Downtime);

/// <param name="Insight">Null = nothing is known of it yet, or its shard did not answer within a second.</param>
internal sealed record EquipmentDetail(
    EquipmentDocument Equipment,
    IReadOnlyList<TransitionDocument> Transitions,
    IReadOnlyList<DowntimeDocument> Downtimes,
    InsightDocument? Insight);

internal sealed record TransitionPage(IReadOnlyList<TransitionDocument> Items, string? Next);

internal sealed record TransitionDocument(
    string Cursor,
    long Lsn,
    string RuleId,
    long RuleVersion,
    string EquipmentId,
    string? FromState,
    string? ToState,
    string? FromCategory,
    string? ToCategory,
    DateTime At,
    DateTime Since,
    string? GroupName,
    string Cause,
    string? Reason,
    JsonElement? Evidence);

internal sealed record DowntimePage(IReadOnlyList<DowntimeDocument> Items, string? Next);

internal sealed record DowntimeDocument(
    string Cursor,
    long Lsn,
    string DowntimeId,
    int Revision,
    string Status,
    string Category,
    bool? Micro,
    string RuleId,
    string EquipmentId,
    string State,
    string? Reason,
    DateTime At,
    DateTime StartTime,
    DateTime? EndTime,
    double? DurationSeconds,
    AcknowledgementDocument? Acknowledgement);

/// <summary>What an operator said of a downtime.</summary>
internal sealed record AcknowledgementDocument(string Reason, string? Note, string By, DateTime At);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AcknowledgeRequest(string? Reason, string? Note);

/// <param name="Next">The `before` of the next page.</param>
internal sealed record AuditPage(IReadOnlyList<AuditLine> Items, long? Next);

/// <param name="States">What the numbers in spans mean.</param>
/// <param name="IsCut">History does not reach back to the begin of the window for every machine.</param>
internal sealed record TimelineDocument(
    string RuleId, DateTime From, DateTime To, IReadOnlyList<TimelineState> States, IReadOnlyList<TimelineLane> Lanes, bool IsCut);

internal sealed record TimelineState(string Name, string? Category);

/// <param name="Spans">Begin in milliseconds since the epoch and number of the state, in turn; each lasts until the next.</param>
internal sealed record TimelineLane(string Id, IReadOnlyList<long> Spans);

internal sealed record ParetoDocument(
    DateTime From, DateTime To, IReadOnlyList<ParetoLine> Lines, double TotalSeconds, long MicroStops, double MicroStopSeconds);

/// <param name="Reason">Null = no reason was given; then by state.</param>
internal sealed record ParetoLine(string? Reason, string State, string Category, double Seconds, int Count, double CumulativeRatio);

/// <param name="IsCut">History does not reach back to the begin of the window for every machine.</param>
internal sealed record KpiDocument(DateTime From, DateTime To, bool IsCut, int Total, IReadOnlyList<KpiLine> Lines);

/// <param name="Availability">Of busy time (the window without planned and unknown time), 0 to 1; null = there was none.</param>
/// <param name="MtbfSeconds">Up time for each stop; null = there was no stop.</param>
/// <param name="MttrSeconds">How long a stop lasted in the window, on average; null = there was none.</param>
/// <param name="Stops">Without micro-stops, those that reach into the window too.</param>
internal sealed record KpiLine(
    string EquipmentId,
    string RuleId,
    double? Availability,
    double? MtbfSeconds,
    double? MttrSeconds,
    int Stops,
    double StoppedSeconds,
    int MicroStops,
    double MicroStopSeconds,
    double PlannedSeconds,
    double UnknownSeconds);

internal sealed record RulesDocument(
    long Version,
    string Sha256,
    DateTime AppliedAt,
    DateTime LastReloadAt,
    string? LastReloadProblem,
    IReadOnlyList<RuleLine> Rules,
    string Document);

internal sealed record RuleLine(string Id, string? Title, bool DrivesDowntime);

/// <summary>What a PUT or a roll back did, or of a dry run would do.</summary>
/// <param name="Outcome">applied, unchanged or fits.</param>
/// <param name="Version">In force now.</param>
internal sealed record RuleChangeDocument(
    string Outcome,
    long Version,
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Changed,
    int Unchanged);

/// <summary>RFC 9457, with every fault of a rule document.</summary>
internal sealed record RuleProblem(
    string Type, string Title, int Status, string Detail, IReadOnlyList<RuleFaultDocument> Faults);

/// <param name="Line">Of the document that was sent, from 1.</param>
/// <param name="Excerpt">Of an expression: its line, and a caret under the place.</param>
internal sealed record RuleFaultDocument(int Line, int Column, string Problem, string Cure, string? Excerpt);

/// <param name="Next">The `before` of the next page.</param>
internal sealed record RuleVersionsDocument(long Current, IReadOnlyList<RuleVersionLine> Items, long? Next);

internal sealed record RuleVersionLine(long Version, DateTime AppliedAt, string Sha256);

internal sealed record RuleVersionDocument(long Version, DateTime AppliedAt, string Sha256, string Document);

/// <summary>The books and rates: what `top`, `demo` and the strip of the page show.</summary>
internal sealed record StatusDocument(
    DateTime At,
    string Version,
    DateTime StartedAt,
    bool IsReady,
    string? NotReadyBecause,
    BooksDocument Books,
    double ReadingsPerSecond,
    double TransitionsPerSecond,
    long Transitions,
    long DowntimesOpen,
    int Equipment,
    CategoryCounts Counts,
    PositionsDocument Positions,
    bool JournalFailed,
    double DeltaLagSeconds,
    double? WatermarkLagSeconds,
    double RingDepthRatio,
    long RulesVersion,
    string RulesSha256,
    string? RulesProblem,
    IReadOnlyList<ShardDocument> Shards,
    IReadOnlyList<ListenerDocument> Listeners,
    IReadOnlyList<TableDocument> Tables,
    LiveDocument Live);

internal sealed record BooksDocument(
    long Received,
    long Accepted,
    long Rejected,
    IReadOnlyDictionary<string, long> RejectedByReason,
    long Stored,
    long Late,
    long Duplicate,
    long Future,
    long Lost);

internal sealed record PositionsDocument(long Published, long Written, long Durable, long Ledger, long Delta);

/// <param name="WatermarkLagSeconds">Null = none of its machines has a watermark.</param>
internal sealed record ShardDocument(
    int Index, long Position, double RingDepthRatio, double? WatermarkLagSeconds, long WaitingReadings, long ForcedWatermarks);

/// <param name="DroppedByReason">Those that are not 0.</param>
internal sealed record ListenerDocument(
    string Name, long Datagrams, long Bytes, long Records, long Dropped, IReadOnlyDictionary<string, long> DroppedByReason);

internal sealed record TableDocument(string Name, long Rows, long Commits, long Version);

internal sealed record LiveDocument(int Clients, long Dropped, string Cursor);

internal sealed record HealthDocument(string Status, IReadOnlyList<HealthCheck> Checks);

internal sealed record HealthCheck(string Name, string Status, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EquipmentPage))]
[JsonSerializable(typeof(EquipmentDetail))]
[JsonSerializable(typeof(TransitionPage))]
[JsonSerializable(typeof(DowntimePage))]
[JsonSerializable(typeof(TimelineDocument))]
[JsonSerializable(typeof(ParetoDocument))]
[JsonSerializable(typeof(RulesDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(TransitionDocument))]
[JsonSerializable(typeof(DowntimeDocument))]
[JsonSerializable(typeof(RuleChangeDocument))]
[JsonSerializable(typeof(RuleProblem))]
[JsonSerializable(typeof(RuleVersionsDocument))]
[JsonSerializable(typeof(RuleVersionDocument))]
[JsonSerializable(typeof(AcknowledgeRequest))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(KpiDocument))]
[JsonSerializable(typeof(SourcesPage))]
[JsonSerializable(typeof(BacktestDocument))]
[JsonSerializable(typeof(DowntimeReport))]
[JsonSerializable(typeof(TapReading))]
[JsonSerializable(typeof(TapDropped))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ServeJson : JsonSerializerContext;
