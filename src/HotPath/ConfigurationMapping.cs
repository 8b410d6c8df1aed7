using HotPath.Configuration;
using HotPath.Delta.Parquet;
using HotPath.Delta.Storage;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Serve;
using HotPath.Serve.Auth;
using HotPath.Sink;

namespace HotPath;

/// <summary>What the user configured, as each part wants to be told.</summary>
internal static class ConfigurationMapping
{
    /// <summary>Receiver, journal, a shard and the ledger, the sink.</summary>
    private const int CoresToSpin = 5;

    public static EngineOptions ToEngineOptions(this HotPathConfiguration configuration) => new()
    {
        DataDirectory = configuration.Data,
        ShardCount = configuration.Shards ?? Math.Max(1, Environment.ProcessorCount - 1),
        JournalSync = configuration.Journal.Sync switch
        {
            JournalSyncOption.Interval => JournalSync.Interval,
            JournalSyncOption.None => JournalSync.None,
            _ => JournalSync.Batch,
        },
        JournalSyncIntervalMs = configuration.Journal.IntervalMs,
        JournalSegmentBytes = configuration.Journal.SegmentBytes,
        JournalRetainMicros = MicrosOf(configuration.Journal.Retain),
        SnapshotIntervalMs = (int)Math.Clamp(configuration.Snapshot.Interval.TotalMilliseconds, 1, int.MaxValue),
        SnapshotSlots = Math.Max(1, configuration.Snapshot.Readings),
        HaltsOnJournalDamage = configuration.Journal.OnCorruption == CorruptionPolicy.Halt,
        RulesMemoryBytesMax = configuration.RulesMemoryBytes,
        Time = new TimeOptions
        {
            OutOfOrdernessMicros = MicrosOf(configuration.Time.OutOfOrderness),
            IdleTimeoutMicros = configuration.Time.IdleTimeout is { } idle ? MicrosOf(idle) : null,
            MaxFutureMicros = configuration.Time.MaxFuture is { } future ? MicrosOf(future) : null,
        },
    };

    public static Engine.Ingest.UdpOptions ToAgentOptions(this UdpOptions udp) => new()
    {
        Listen = udp.Listen,
        TimestampUnit = UnitOf(udp.TimestampUnit),
        Allow = udp.Allow,
        Receivers = udp.Receivers,
        HmacKeys = udp.HmacKeys is { } path ? FrameKeys.Parse(File.ReadLines(path)) : null,

        ReceivesRuns = udp.Gro,
        MulticastGroup = udp.MulticastGroup,
        MulticastInterface = udp.MulticastInterface,

        // A receiver that spins takes the core from those who empty the ring, unless there are cores for all.
        SpinTurns = Environment.ProcessorCount >= CoresToSpin ? 2_000 : 20,
    };

    public static Kinesis.KinesisOptions ToEndpointOptions(this HotPathConfiguration configuration, KinesisOptions kinesis) => new()
    {
        Listen = kinesis.Listen,
        CertificatePath = kinesis.Certificate,
        AuthMode = kinesis.Auth.Mode == KinesisAuthMode.Accept ? Kinesis.KinesisAuthMode.Accept : Kinesis.KinesisAuthMode.Verify,
        KeysPath = kinesis.Auth.Keys,
        Streams =
        [
            .. kinesis.Streams.Select(stream => new Kinesis.KinesisStreamOptions
            {
                Name = stream.Name,
                Shards = stream.Shards,
                TimestampUnit = UnitOf(stream.TimestampUnit),
                Role = stream.Role switch
                {
                    StreamRoleOption.Transitions => Kinesis.StreamRole.Transitions,
                    StreamRoleOption.Downtimes => Kinesis.StreamRole.Downtimes,
                    _ => Kinesis.StreamRole.Ingest,
                },
            }),
        ],
        AllowAdministration = kinesis.AllowAdministration,
        StreamTransitionMs = kinesis.StreamTransitionMs,
        StatePath = Path.Combine(configuration.Data, "kinesis-streams.json"),
        Raw = kinesis.RetainRaw is { } raw
            ? new Kinesis.Raw.RawLogOptions
            {
                Directory = Path.Combine(configuration.Data, "kinesis-raw"),
                KeepMicros = MicrosOf(raw.Time),
                BytesMax = raw.Bytes,
                Syncs = configuration.Journal.Sync == JournalSyncOption.Batch,
            }
            : null,
        Limits = LimitsOf(kinesis.Limits),
    };

    private static Kinesis.KinesisLimits LimitsOf(KinesisLimitOptions limits) => new()
    {
        RecordsMax = limits.Records,
        RecordBytesMax = (int)limits.RecordBytes,
        RequestBytesMax = (int)limits.RequestBytes,

        // Base64 is four thirds, and keys, names and what a record is wrapped in come on top.
        BodyBytesMax = (int)Math.Max(16L << 20, (limits.RequestBytes * 4 / 3) + (limits.Records * 512L) + (2L << 20)),
        BodiesBytesMax = limits.BodiesBytes,
        CallsMax = limits.Calls,
        ConnectionsMax = limits.Connections,
        ShardsMax = limits.Shards,
        ConsumersMax = limits.Consumers,
    };

    public static SinkOptions ToSinkOptions(this HotPathConfiguration configuration) => new()
    {
        Location = configuration.Delta.Location,
        PositionDirectory = Path.Combine(configuration.Data, "sinks"),
        IsOn = configuration.Delta.Enabled,
        FlushRows = configuration.Delta.FlushRows,
        FlushInterval = configuration.Delta.FlushInterval,
        Compression = configuration.Delta.Compression switch
        {
            DeltaCompression.Snappy => ParquetCompression.Snappy,
            DeltaCompression.None => ParquetCompression.Uncompressed,
            _ => ParquetCompression.Zstd,
        },
        TargetFileBytes = configuration.Delta.TargetFileBytes,
        Retention = configuration.Delta.Retention,
        S3 = new S3StoreOptions
        {
            Endpoint = configuration.Delta.S3.Endpoint,
            Region = configuration.Delta.S3.Region,
            PathStyle = configuration.Delta.S3.PathStyle,
            Profile = configuration.Delta.S3.Profile,
            ServerSideEncryption = configuration.Delta.S3.Encryption,
            KmsKeyId = configuration.Delta.S3.KmsKeyId,
        },
    };

    /// <exception cref="InvalidDataException">The file of keys is faulty.</exception>
    public static HttpHostOptions ToHostOptions(this HotPathConfiguration configuration, string version) =>
        new(configuration.Http, configuration.Http.Keys is { } path ? KeysOf(path) : null, version);

    private static KeyRing KeysOf(string path) => KeyRing.TryLoad(path, out var keys, out var faults)
        ? keys
        : throw new InvalidDataException(string.Join('\n', faults));

    private static long MicrosOf(TimeSpan duration) => duration.Ticks / TimeSpan.TicksPerMicrosecond;

    public static TimestampUnit UnitOf(TimestampUnitOption unit) => unit switch
    {
        TimestampUnitOption.Us => TimestampUnit.Microseconds,
        TimestampUnitOption.S => TimestampUnit.Seconds,
        TimestampUnitOption.Ns => TimestampUnit.Nanoseconds,
        _ => TimestampUnit.Milliseconds,
    };
}
