using System.Globalization;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// All names of the log directory, written and read in this file only. v is a version of 20 digits:
/// <code>
/// v.json                                a commit
/// v.crc                                 the table's checksum after it
/// v.checkpoint.parquet                  a checkpoint of one file (classic name)
/// v.checkpoint.PPPPPPPPPP.NNNNNNNNNN.parquet   part P of N of a checkpoint, 1 &lt;= P &lt;= N, ten digits each
/// v.checkpoint.UUID.json | .parquet     a V2 checkpoint
/// v.w.compacted.json                    the commits v to w in one file
/// _last_checkpoint                      a hint
/// _sidecars/                            file actions of V2 checkpoints
/// </code>
/// Whatever else lies there (temporary files, side files of other engines) is not of the log.
/// </summary>
internal static class LogNames
{
    public const string Directory = "_delta_log";
    public const string LastCheckpoint = Directory + "/_last_checkpoint";
    public const string Sidecars = Directory + "/_sidecars";

    private const int VersionDigits = 20;
    private const int PartDigits = 10;

    public static string Commit(long version) => Prefix(version) + ".json";

    public static string Checksum(long version) => Prefix(version) + ".crc";

    public static string Checkpoint(long version) => Prefix(version) + ".checkpoint.parquet";

    /// <summary>Whether a file of the log directory is one that a store of ours had not finished.</summary>
    public static bool IsTemporary(string path) =>
        path.StartsWith(Directory + "/" + LocalStore.TemporaryPrefix, StringComparison.Ordinal);

    /// <summary>A path below which every file of the log is older than <paramref name="version"/>.</summary>
    public static string Before(long version) => Prefix(version);

    public static bool TryParse(string path, out LogName name)
    {
        name = default;
        if (!path.StartsWith(Directory + "/", StringComparison.Ordinal))
        {
            return false;
        }

        var parts = path[(Directory.Length + 1)..].Split('.');
        if (parts.Length < 2 || !TryParseDigits(parts[0], VersionDigits, out var version))
        {
            return false;
        }

        LogName? parsed = parts.AsSpan(1) switch
        {
            ["json"] => new(LogFileKind.Commit, version),
            ["crc"] => new(LogFileKind.Checksum, version),
            ["checkpoint", "parquet"] => new(LogFileKind.Checkpoint, version),
            ["checkpoint", var uuid, "parquet" or "json"] when Guid.TryParseExact(uuid, "D", out _) =>
                new(LogFileKind.CheckpointUuid, version),
            ["checkpoint", var part, var count, "parquet"] => ParsePart(version, part, count),
            [var last, "compacted", "json"] => ParseCompacted(version, last),
            _ => null,
        };
        name = parsed.GetValueOrDefault();
        return parsed is not null;
    }

    private static string Prefix(long version) =>
        string.Create(CultureInfo.InvariantCulture, $"{Directory}/{version:D20}");

    private static LogName? ParsePart(long version, string part, string count) =>
        TryParseDigits(part, PartDigits, out var partNumber)
        && TryParseDigits(count, PartDigits, out var partCount)
        && partNumber >= 1
        && partNumber <= partCount
            ? new(LogFileKind.CheckpointPart, version, PartNumber: partNumber, PartCount: partCount)
            : null;

    private static LogName? ParseCompacted(long version, string last) =>
        TryParseDigits(last, VersionDigits, out var versionLast) && versionLast >= version
            ? new(LogFileKind.Compacted, version, VersionLast: versionLast)
            : null;

    private static bool TryParseDigits(string text, int digits, out long value)
    {
        value = 0;
        return text.Length == digits && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}

internal enum LogFileKind
{
    Commit,
    Checksum,
    Checkpoint,
    CheckpointUuid,
    CheckpointPart,
    Compacted,
}

/// <summary>What a name in the log directory says.</summary>
internal readonly record struct LogName(
    LogFileKind Kind,
    long Version,
    long VersionLast = 0,
    long PartNumber = 0,
    long PartCount = 0);
