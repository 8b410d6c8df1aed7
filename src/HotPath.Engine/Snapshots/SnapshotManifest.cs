using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HotPath.Engine.Native;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// What a snapshot is: where it was taken, which files hold it, and what else a start needs that is not in the journal
/// behind it. It exists as soon as its manifest does. Immutable; cold.
/// </summary>
/// <remarks>
/// <code>
/// file = one line of JSON | "\n" | crc32c of the line as 8 hexadecimal digits | "\n"       name = snapshot-{lsn, 19 digits}.manifest
/// </code>
/// Everything it names was durable before: the journal up to its LSN, the ledger up to what the LSN caused, its files.
/// </remarks>
internal sealed record SnapshotManifest
{
    public const int CurrentFormat = 1;

    private const string NamePrefix = "snapshot-";
    private const string NameSuffix = ".manifest";

    public required int Format { get; init; }

    /// <summary>The journal that it belongs to.</summary>
    public required Guid Instance { get; init; }

    /// <summary>The marker: everything up to here is in it.</summary>
    public required long Lsn { get; init; }

    public required long TakenAtMicros { get; init; }

    /// <summary>Names that must be known, by directory, in the order of the directories.</summary>
    public required int[] NameCounts { get; init; }

    public required SnapshotShard[] Shards { get; init; }

    /// <summary>The document in force and those before it that records still kept were made with; oldest first.</summary>
    public required SnapshotRules[] Rules { get; init; }

    public required SnapshotTime Time { get; init; }

    public required SnapshotCheckpoint[] Checkpoints { get; init; }

    /// <summary>Where in the ledger what the LSN caused ends.</summary>
    public required LedgerPosition Ledger { get; init; }

    [JsonIgnore]
    public string FileName => NameOf(Lsn);

    public static string NameOf(long lsn) => NamePrefix + Number(lsn) + NameSuffix;

    public static string ShardNameOf(long lsn, int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{Number(lsn)}-{shard:D2}.state");

    /// <summary>The LSN in the name of a manifest or of a shard's file.</summary>
    public static bool TryParseName(string name, out long lsn, out bool isManifest)
    {
        lsn = -1;
        isManifest = name.EndsWith(NameSuffix, StringComparison.Ordinal);
        return name.StartsWith(NamePrefix, StringComparison.Ordinal)
            && name.Length >= NamePrefix.Length + 19
            && long.TryParse(name.AsSpan(NamePrefix.Length, 19), NumberStyles.None, CultureInfo.InvariantCulture, out lsn);
    }

    public byte[] ToBytes()
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.SnapshotManifest);
        return [.. line, .. Encoding.ASCII.GetBytes($"\n{Crc32C.Of(line):x8}\n")];
    }

    /// <summary>Null when the bytes are not what was written.</summary>
    public static SnapshotManifest? Parse(ReadOnlySpan<byte> bytes)
    {
        const int TailBytes = 10;
        if (bytes.Length <= TailBytes)
        {
            return null;
        }

        var line = bytes[..^TailBytes];
        if (!bytes[^TailBytes..].SequenceEqual(Encoding.ASCII.GetBytes($"\n{Crc32C.Of(line):x8}\n")))
        {
            return null;
        }

        var manifest = JsonSerializer.Deserialize(line, ManifestJson.Default.SnapshotManifest);
        return manifest?.Format == CurrentFormat ? manifest : null;
    }

    private static string Number(long lsn) => lsn.ToString("D19", CultureInfo.InvariantCulture);
}

/// <summary>A file with the state of one shard.</summary>
internal sealed record SnapshotShard(string File, long Bytes, uint Checksum);

/// <summary>A rule document that was put into force at an LSN.</summary>
internal sealed record SnapshotRules(long Version, long Lsn, long AppliedAtMicros, string Text);

/// <summary>Time options in force, microseconds; null = none.</summary>
internal sealed record SnapshotTime(long OutOfOrderness, long? IdleTimeout, long? MaxFuture);

/// <summary>Where a consumer of an upstream stream goes on; the value is its own affair.</summary>
internal sealed record SnapshotCheckpoint(string Name, byte[] Value, int SlotsToSkip);

/// <summary>A place in the ledger: a file by its first LSN, and the offset in it; (-1, 0) in an empty ledger.</summary>
internal sealed record LedgerPosition(long FileLsnFirst, long OffsetBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SnapshotManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
