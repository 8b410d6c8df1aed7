using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>
/// Every feature of the protocol that this library honours, and what it does for it. Whatever is not listed here is refused
/// by name, also where a table lists it without using it: that is the protocol's rule for writers.
/// </summary>
internal static class Features
{
    public const string AppendOnly = "appendOnly";
    public const string Invariants = "invariants";
    public const string CheckConstraints = "checkConstraints";
    public const string GeneratedColumns = "generatedColumns";
    public const string ColumnDefaults = "allowColumnDefaults";
    public const string IdentityColumns = "identityColumns";
    public const string ChangeDataFeed = "changeDataFeed";
    public const string ColumnMapping = "columnMapping";
    public const string DeletionVectors = "deletionVectors";
    public const string TypeWidening = "typeWidening";
    public const string TypeWideningPreview = "typeWidening-preview";
    public const string V2Checkpoint = "v2Checkpoint";
    public const string InCommitTimestamp = "inCommitTimestamp";
    public const string TimestampNtz = "timestampNtz";
    public const string VacuumProtocolCheck = "vacuumProtocolCheck";
    public const string DomainMetadata = "domainMetadata";
    public const string Clustering = "clustering";

    private const int ReaderVersionMax = 3;
    private const int WriterVersionMax = 7;

    /// <summary>Features that change how a table is read, and that the reader here honours.</summary>
    private static readonly HashSet<string> Read =
    [
        ColumnMapping, DeletionVectors, TimestampNtz, TypeWidening, TypeWideningPreview, V2Checkpoint, VacuumProtocolCheck,
    ];

    /// <summary>Features that change how a table is written, and that the writer here honours.</summary>
    private static readonly HashSet<string> Written =
    [
        AppendOnly, Invariants, CheckConstraints, GeneratedColumns, ColumnDefaults, IdentityColumns, ChangeDataFeed,
        ColumnMapping, DeletionVectors, TypeWidening, TypeWideningPreview, V2Checkpoint, InCommitTimestamp, TimestampNtz,
        VacuumProtocolCheck, DomainMetadata, Clustering,
    ];

    /// <summary>Writer versions before 7 mean fixed features.</summary>
    private static readonly (int Version, string Feature)[] Legacy =
    [
        (2, AppendOnly), (2, Invariants), (3, CheckConstraints), (4, ChangeDataFeed), (4, GeneratedColumns),
        (5, ColumnMapping), (6, IdentityColumns),
    ];

    /// <exception cref="UnsupportedFeatureException">The table cannot be read here.</exception>
    public static void RequireReadable(Protocol protocol)
    {
        if (protocol.MinReaderVersion is < 1 or > ReaderVersionMax)
        {
            throw new UnsupportedFeatureException(
                $"minReaderVersion {protocol.MinReaderVersion}",
                $"The table asks for reader version {protocol.MinReaderVersion}; this library knows 1 to {ReaderVersionMax}.");
        }

        if (protocol.MinReaderVersion == Protocol.ReaderVersionWithFeatures)
        {
            RequireKnown(protocol.ReaderFeatures, Read, "reading");
        }
    }

    /// <exception cref="UnsupportedFeatureException">The table cannot be written here; the table stays readable.</exception>
    public static void RequireWritable(Protocol protocol, Metadata metadata, TableSchema schema)
    {
        RequireReadable(protocol);
        if (protocol.MinWriterVersion is < 1 or > WriterVersionMax)
        {
            throw new UnsupportedFeatureException(
                $"minWriterVersion {protocol.MinWriterVersion}",
                $"The table asks for writer version {protocol.MinWriterVersion}; this library knows 1 to {WriterVersionMax}.");
        }

        if (protocol.MinWriterVersion == Protocol.WriterVersionWithFeatures)
        {
            RequireKnown(protocol.WriterFeatures, Written, "writing");
        }

        RequireUnused(protocol, metadata, schema);
    }

    /// <summary>Whether the protocol has the feature switched on, by its list or by its version.</summary>
    public static bool Has(Protocol protocol, string feature)
    {
        if (protocol.MinWriterVersion >= Protocol.WriterVersionWithFeatures)
        {
            return protocol.HasWriterFeature(feature);
        }

        foreach (var (version, legacy) in Legacy)
        {
            if (legacy == feature)
            {
                return protocol.MinWriterVersion >= version;
            }
        }

        return false;
    }

    private static void RequireKnown(IReadOnlyList<string>? features, HashSet<string> known, string purpose)
    {
        foreach (var feature in features ?? [])
        {
            if (!known.Contains(feature))
            {
                throw new UnsupportedFeatureException(
                    feature, $"The table needs the feature '{feature}' for {purpose}, which this library does not have.");
            }
        }
    }

    /// <summary>
    /// Features that a table may list and that are honoured by their absence: no expression of SQL is evaluated here.
    /// </summary>
    private static void RequireUnused(Protocol protocol, Metadata metadata, TableSchema schema)
    {
        foreach (var key in metadata.Configuration.Keys)
        {
            if (Has(protocol, CheckConstraints) && key.StartsWith("delta.constraints.", StringComparison.OrdinalIgnoreCase))
            {
                throw Used(CheckConstraints, $"the property '{key}'");
            }
        }

        if (new TableProperties(metadata.Configuration).RowTracking)
        {
            throw Used("rowTracking", "the property 'delta.enableRowTracking'");
        }

        schema.VisitFields(field =>
        {
            if (!field.TryGetProperty("metadata", out var annotations) || annotations.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            foreach (var annotation in annotations.EnumerateObject())
            {
                if (FeatureOf(annotation.Name) is { } feature)
                {
                    throw Used(feature, $"the column '{field.GetProperty("name").GetString()}'");
                }
            }
        });
    }

    private static string? FeatureOf(string annotation) => annotation switch
    {
        "delta.invariants" => Invariants,
        "delta.generationExpression" => GeneratedColumns,
        _ when annotation.StartsWith("delta.identity.", StringComparison.Ordinal) => IdentityColumns,
        _ => null,
    };

    private static UnsupportedFeatureException Used(string feature, string where) => new(
        feature, $"The table uses '{feature}' ({where}), which this library cannot honour in what it writes. It can be read.");
}
