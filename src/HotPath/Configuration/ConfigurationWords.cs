namespace HotPath.Configuration;

/// <summary>The words of the configuration and what they mean; read in both directions.</summary>
internal static class ConfigurationWords
{
    public static readonly Dictionary<string, TimestampUnitOption> TimestampUnits = new(StringComparer.Ordinal)
    {
        ["ms"] = TimestampUnitOption.Ms,
        ["us"] = TimestampUnitOption.Us,
        ["s"] = TimestampUnitOption.S,
        ["ns"] = TimestampUnitOption.Ns,
    };

    public static readonly Dictionary<string, KinesisAuthMode> AuthModes = new(StringComparer.Ordinal)
    {
        ["verify"] = KinesisAuthMode.Verify,
        ["accept"] = KinesisAuthMode.Accept,
    };

    public static readonly Dictionary<string, StreamRoleOption> StreamRoles = new(StringComparer.Ordinal)
    {
        ["ingest"] = StreamRoleOption.Ingest,
        ["transitions"] = StreamRoleOption.Transitions,
        ["downtimes"] = StreamRoleOption.Downtimes,
    };

    public static readonly Dictionary<string, KinesisSourceStart> SourceStarts = new(StringComparer.Ordinal)
    {
        ["TRIM_HORIZON"] = KinesisSourceStart.TrimHorizon,
        ["LATEST"] = KinesisSourceStart.Latest,
        ["AT_TIMESTAMP"] = KinesisSourceStart.AtTimestamp,
    };

    public static readonly Dictionary<string, JournalSyncOption> Syncs = new(StringComparer.Ordinal)
    {
        ["batch"] = JournalSyncOption.Batch,
        ["interval"] = JournalSyncOption.Interval,
        ["none"] = JournalSyncOption.None,
    };

    public static readonly Dictionary<string, CorruptionPolicy> Corruptions = new(StringComparer.Ordinal)
    {
        ["halt"] = CorruptionPolicy.Halt,
        ["continue"] = CorruptionPolicy.Continue,
    };

    public static readonly Dictionary<string, DeltaCompression> Compressions = new(StringComparer.Ordinal)
    {
        ["zstd"] = DeltaCompression.Zstd,
        ["snappy"] = DeltaCompression.Snappy,
        ["none"] = DeltaCompression.None,
    };

    public static readonly Dictionary<string, OutputKind> OutputKinds = new(StringComparer.Ordinal)
    {
        ["kinesis"] = OutputKind.Kinesis,
        ["webhook"] = OutputKind.Webhook,
        ["eventbridge"] = OutputKind.Eventbridge,
    };

    public static readonly Dictionary<string, OutputStart> OutputStarts = new(StringComparer.Ordinal)
    {
        ["LATEST"] = OutputStart.Latest,
        ["TRIM_HORIZON"] = OutputStart.TrimHorizon,
    };

    public static readonly Dictionary<string, OutputEvent> OutputEvents = new(StringComparer.Ordinal)
    {
        ["transition"] = OutputEvent.Transition,
        ["downtime"] = OutputEvent.Downtime,
    };

    public static string Word<T>(this Dictionary<string, T> words, T value)
        where T : struct, Enum =>
        words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Key;
}
