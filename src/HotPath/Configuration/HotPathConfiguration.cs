using System.Collections.Immutable;
using System.Net;

namespace HotPath.Configuration;

/// <summary>
/// Everything an installation can set, with the defaults of <c>hotpath.yaml</c>. Built by <see cref="ConfigurationLoader"/>,
/// which also checks it; never changed afterwards.
/// </summary>
internal sealed record HotPathConfiguration
{
    /// <summary>Journal, ledger, snapshots, and tables unless told otherwise.</summary>
    public string Data { get; init; } = "./hotpath-data";

    /// <summary>Shard processors; null = one less than there are cores, at least 1.</summary>
    public int? Shards { get; init; }

    /// <summary>
    /// Cpu numbers, one a thread: UDP receivers, journal, shards (or the thread that they share with the ledger), ledger;
    /// where they end, and when empty, the system decides.
    /// </summary>
    public ImmutableArray<int> Affinity { get; init; } = [];

    public ImmutableArray<UdpOptions> Udp { get; init; } = [new UdpOptions()];

    /// <summary>Null = no Kinesis endpoint.</summary>
    public KinesisOptions? Kinesis { get; init; } = new();

    public ImmutableArray<KinesisSourceOptions> KinesisSource { get; init; } = [];

    public HttpOptions Http { get; init; } = new();

    /// <summary>A file or a directory of rules.</summary>
    public string Rules { get; init; } = "./rules";

    /// <summary>What a rule document may need for the machines known when it comes; more is refused.</summary>
    public long RulesMemoryBytes { get; init; } = Engine.Rules.RuleLimits.MachineBytesMax;

    public TimeSettings Time { get; init; } = new();

    public JournalOptions Journal { get; init; } = new();

    public SnapshotOptions Snapshot { get; init; } = new();

    public DeltaOptions Delta { get; init; } = new();

    public ImmutableArray<OutputOptions> Outputs { get; init; } = [];

    /// <summary>
    /// Defaults, then the file, then <c>HOTPATH__Section__Key</c>, then the command line. Every fault is reported,
    /// not the first; with any fault there is no configuration.
    /// </summary>
    /// <param name="path">The YAML file, or null to take the defaults.</param>
    public static bool TryLoad(
        string? path,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<ConfigurationOverride> overrides,
        out HotPathConfiguration configuration,
        out ImmutableArray<ConfigurationFault> faults) =>
        TryLoad(path, environment, overrides, Cpus.Allowed, out configuration, out faults);

    /// <summary>The same for a machine with other cpus.</summary>
    public static bool TryLoad(
        string? path,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<ConfigurationOverride> overrides,
        Cpus cpus,
        out HotPathConfiguration configuration,
        out ImmutableArray<ConfigurationFault> faults) =>
        ConfigurationLoader.TryLoad(path, environment, overrides, cpus, out configuration, out faults);
}

/// <summary>A UDP listener.</summary>
internal sealed record UdpOptions
{
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 9999);

    /// <summary>The unit of integer timestamps in readings.</summary>
    public TimestampUnitOption TimestampUnit { get; init; } = TimestampUnitOption.Ms;

    /// <summary>Networks that may send; empty = any.</summary>
    public ImmutableArray<IPNetwork> Allow { get; init; } = [];

    /// <summary>A file of sender keys for signed frames; null = frames are not signed.</summary>
    public string? HmacKeys { get; init; }

    /// <summary>Sockets that share the port.</summary>
    public int Receivers { get; init; } = 1;

    /// <summary>
    /// Whether the kernel may hand over runs of equal datagrams of one sender (UDP_GRO): cheaper, but of a run that it
    /// drops it counts one.
    /// </summary>
    public bool Gro { get; init; }

    /// <summary>A multicast group to join, and the address of the network card that joins it; null = none, the system's choice.</summary>
    public IPAddress? MulticastGroup { get; init; }

    public IPAddress? MulticastInterface { get; init; }
}

internal enum TimestampUnitOption
{
    Ms,
    Us,
    S,
    Ns,
}

/// <summary>The Kinesis-compatible endpoint.</summary>
internal sealed record KinesisOptions
{
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 4568);

    /// <summary>PEM with certificate and key; null = HTTP/1.1 and h2c on one port.</summary>
    public string? Certificate { get; init; }

    public KinesisAuthOptions Auth { get; init; } = new();

    public ImmutableArray<KinesisStreamOptions> Streams { get; init; } = [new KinesisStreamOptions()];

    public bool AllowAdministration { get; init; }

    /// <summary>How long a stream stays CREATING or DELETING, for clients that wait for it.</summary>
    public int StreamTransitionMs { get; init; }

    /// <summary>How long the records of ingest streams are kept as they came, to be read by GetRecords; null = not at all.</summary>
    public RetainRawOptions? RetainRaw { get; init; }

    public KinesisLimitOptions Limits { get; init; } = new();
}

/// <summary>Whichever is reached first.</summary>
internal sealed record RetainRawOptions
{
    public TimeSpan Time { get; init; } = TimeSpan.FromHours(24);

    public long Bytes { get; init; } = 1L << 30;
}

/// <summary>What callers of the Kinesis endpoint may send, and how many they may be.</summary>
internal sealed record KinesisLimitOptions
{
    /// <summary>Of a PutRecords call.</summary>
    public int Records { get; init; } = 500;

    /// <summary>Data and partition key of one record.</summary>
    public long RecordBytes { get; init; } = 1L << 20;

    /// <summary>Data and partition keys of a call.</summary>
    public long RequestBytes { get; init; } = 10L << 20;

    /// <summary>Memory for the bodies of all calls under way.</summary>
    public long BodiesBytes { get; init; } = 256L << 20;

    /// <summary>Calls that are decoded or wait for the journal at one time.</summary>
    public int Calls { get; init; } = 128;

    public int Connections { get; init; } = 8192;

    /// <summary>Open shards of all streams.</summary>
    public int Shards { get; init; } = 500;

    /// <summary>Registered consumers of one stream.</summary>
    public int Consumers { get; init; } = 20;
}

internal sealed record KinesisAuthOptions
{
    public KinesisAuthMode Mode { get; init; } = KinesisAuthMode.Verify;

    /// <summary>A file of access keys and their secrets; null = none, which only loopback may have.</summary>
    public string? Keys { get; init; }
}

internal enum KinesisAuthMode
{
    /// <summary>Signatures are checked against the keys.</summary>
    Verify,

    /// <summary>Any signature is taken. Loopback only.</summary>
    Accept,
}

internal sealed record KinesisStreamOptions
{
    public string Name { get; init; } = "readings";

    public int Shards { get; init; } = 4;

    public TimestampUnitOption TimestampUnit { get; init; } = TimestampUnitOption.Ms;

    public StreamRoleOption Role { get; init; }
}

internal enum StreamRoleOption
{
    /// <summary>Takes readings.</summary>
    Ingest,

    /// <summary>Read only: transitions as JSON records.</summary>
    Transitions,

    /// <summary>Read only: downtime rows as JSON records.</summary>
    Downtimes,
}

/// <summary>A Kinesis stream that HotPath reads.</summary>
internal sealed record KinesisSourceOptions
{
    /// <summary>Null = the region's own.</summary>
    public string? Endpoint { get; init; }

    public string Region { get; init; } = "us-east-1";

    public string Stream { get; init; } = "";

    /// <summary>The consumer to register as, to be pushed records with throughput of its own; null = polling.</summary>
    public string? Consumer { get; init; }

    public KinesisSourceStart From { get; init; } = KinesisSourceStart.TrimHorizon;

    /// <summary>With <see cref="KinesisSourceStart.AtTimestamp"/>.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    public TimestampUnitOption TimestampUnit { get; init; } = TimestampUnitOption.Ms;
}

internal enum KinesisSourceStart
{
    TrimHorizon,
    Latest,
    AtTimestamp,
}

/// <summary>Page, API, metrics and health.</summary>
internal sealed record HttpOptions
{
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8080);

    /// <summary>PEM with certificate and key; null = plain HTTP, which only loopback may have.</summary>
    public string? Certificate { get; init; }

    /// <summary>A file of hashed API keys; null = none, and then loopback only and everyone is admin.</summary>
    public string? Keys { get; init; }

    /// <summary>Whether /metrics needs no key.</summary>
    public bool MetricsAnonymous { get; init; } = true;
}

/// <summary>The time options of rules. A change takes effect in the order of readings, like a rule change.</summary>
internal sealed record TimeSettings
{
    public TimeSpan OutOfOrderness { get; init; }

    /// <summary>Null = a silent source holds its machines back for ever.</summary>
    public TimeSpan? IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null = no future guard.</summary>
    public TimeSpan? MaxFuture { get; init; } = TimeSpan.FromHours(1);
}

internal sealed record JournalOptions
{
    public JournalSyncOption Sync { get; init; } = JournalSyncOption.Batch;

    /// <summary>Policy interval: the longest time between syncs.</summary>
    public int IntervalMs { get; init; } = 50;

    /// <summary>How long a journal is kept after nobody needs it any more.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromHours(24);

    public CorruptionPolicy OnCorruption { get; init; } = CorruptionPolicy.Halt;

    /// <summary>Bytes of a segment; a journal needs a few of them. Smaller ones for a small disk, at a sync more each.</summary>
    public long SegmentBytes { get; init; } = 128L << 20;
}

internal enum JournalSyncOption
{
    Batch,
    Interval,
    None,
}

internal enum CorruptionPolicy
{
    Halt,
    Continue,
}

/// <summary>A snapshot is taken after so long or so many readings, whichever is first.</summary>
internal sealed record SnapshotOptions
{
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    public long Readings { get; init; } = 20_000_000;
}

internal sealed record DeltaOptions
{
    /// <summary>A directory or <c>s3://bucket/prefix</c>. When not said: <c>tables</c> in the data directory.</summary>
    public string Location { get; init; } = "./hotpath-data/tables";

    /// <summary>False: no table is written, and the journal keeps everything until one is.</summary>
    public bool Enabled { get; init; } = true;

    public int FlushRows { get; init; } = 1_000_000;

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    public DeltaCompression Compression { get; init; } = DeltaCompression.Zstd;

    public long TargetFileBytes { get; init; } = 134_217_728;

    /// <summary>How long removed files stay for readers of older versions.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    public DeltaS3Options S3 { get; init; } = new();
}

/// <summary>How <c>s3://</c> locations are reached. Keys are never here: they come from the environment or a profile.</summary>
internal sealed record DeltaS3Options
{
    /// <summary>Such as http://127.0.0.1:9000; null for AWS.</summary>
    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    /// <summary>The bucket in the path; null for yes with an endpoint and no with AWS.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>A profile of the shared credentials file; null for the usual chain.</summary>
    public string? Profile { get; init; }

    /// <summary>AES256 or aws:kms; null for the bucket's own.</summary>
    public string? Encryption { get; init; }

    public string? KmsKeyId { get; init; }
}

internal enum DeltaCompression
{
    Zstd,
    Snappy,
    None,
}

/// <summary>Where transitions and downtimes are sent beside the tables.</summary>
internal sealed record OutputOptions
{
    public OutputKind Kind { get; init; }

    /// <summary>Names its position and dead letters; null = after its kind and place.</summary>
    public string? Name { get; init; }

    /// <summary>Where it begins when it has never run.</summary>
    public OutputStart From { get; init; }

    /// <summary>How long one row is tried before it becomes a dead letter.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Webhook: how long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>EventBridge: name or ARN.</summary>
    public string Bus { get; init; } = "default";

    /// <summary>Webhook: where to POST.</summary>
    public string? Url { get; init; }

    /// <summary>Webhook: a file with the secret that signs the body.</summary>
    public string? SecretFile { get; init; }

    /// <summary>Kinesis: null = the region's own.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Kinesis.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Kinesis.</summary>
    public string? Stream { get; init; }

    public ImmutableArray<OutputEvent> Events { get; init; } = [OutputEvent.Transition, OutputEvent.Downtime];

    /// <summary>Globs over rule ids.</summary>
    public ImmutableArray<string> Rules { get; init; } = ["*"];

    /// <summary>A file name.</summary>
    public string EffectiveName => Name ?? Kind switch
    {
        OutputKind.Kinesis => $"kinesis-{Stream}",
        OutputKind.Eventbridge => "eventbridge-" + new string([.. Bus.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]),
        _ => "webhook-" + (Url is null ? "" : new Uri(Url).Host.Replace(':', '-')),
    };
}

internal enum OutputStart
{
    /// <summary>With what comes.</summary>
    Latest,

    /// <summary>With the oldest row that is kept.</summary>
    TrimHorizon,
}

internal enum OutputKind
{
    Kinesis,
    Webhook,
    Eventbridge,
}

internal enum OutputEvent
{
    Transition,
    Downtime,
}
