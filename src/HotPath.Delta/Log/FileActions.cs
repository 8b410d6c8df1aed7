using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;

namespace HotPath.Delta.Log;

/// <summary>A data file that is part of the table from this commit on.</summary>
public sealed record Add
{
    /// <summary>As it stands in the log: a URI reference, relative to the table in all but foreign cases.</summary>
    public required string Path { get; init; }

    /// <summary>One string or null for each partition column.</summary>
    public IReadOnlyDictionary<string, string?> PartitionValues { get; init; } = ReadOnlyDictionary<string, string?>.Empty;

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long ModificationTime { get; init; }

    /// <summary>False where the commit only moved rows that the table already held.</summary>
    public bool DataChange { get; init; } = true;

    /// <summary>JSON: number of records, bounds and null counts; may be absent or in a form nobody understands.</summary>
    public string? Stats
    {
        get => StatsUtf8.IsEmpty ? null : Encoding.UTF8.GetString(StatsUtf8.Span);
        init => StatsUtf8 = value is null ? default : Encoding.UTF8.GetBytes(value);
    }

    public IReadOnlyDictionary<string, string?>? Tags { get; init; }

    public DeletionVector? DeletionVector { get; init; }

    public long? BaseRowId { get; init; }

    public long? DefaultRowCommitVersion { get; init; }

    public string? ClusteringProvider { get; init; }

    /// <summary>The statistics as they are kept: half of what a table of many files takes in memory.</summary>
    internal ReadOnlyMemory<byte> StatsUtf8 { get; init; }

    /// <summary>What tells one file of the table from another: its decoded path and its deletion vector.</summary>
    internal string Key => FileKey.Of(Path, DeletionVector);
}

/// <summary>A data file that is no longer part of the table. It may be deleted once its retention is over.</summary>
public sealed record Remove
{
    /// <summary>The very string of the <see cref="Add"/> that it takes back.</summary>
    public required string Path { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long? DeletionTimestamp { get; init; }

    public bool DataChange { get; init; } = true;

    public bool? ExtendedFileMetadata { get; init; }

    public IReadOnlyDictionary<string, string?>? PartitionValues { get; init; }

    public long? Size { get; init; }

    public DeletionVector? DeletionVector { get; init; }

    public long? BaseRowId { get; init; }

    public long? DefaultRowCommitVersion { get; init; }

    internal string Key => FileKey.Of(Path, DeletionVector);
}

/// <summary>Which rows of a data file are deleted. See the section on deletion vectors in the Delta protocol.</summary>
/// <param name="StorageType">u: a file named by a UUID beside the data; p: an absolute path; i: in line.</param>
/// <param name="PathOrInlineDv">As the storage type says.</param>
/// <param name="Offset">Where in the file the vector begins, in bytes; absent in line.</param>
/// <param name="SizeInBytes">Of the serialized vector.</param>
/// <param name="Cardinality">Rows deleted.</param>
public sealed record DeletionVector(
    string StorageType,
    string PathOrInlineDv,
    int? Offset,
    int SizeInBytes,
    long Cardinality)
{
    internal string Id => Offset is { } offset
        ? string.Create(CultureInfo.InvariantCulture, $"{StorageType}{PathOrInlineDv}@{offset}")
        : StorageType + PathOrInlineDv;
}

internal static class FileKey
{
    /// <summary>Engines differ in which characters they encode, so paths are compared after decoding once.</summary>
    public static string Of(string path, DeletionVector? vector)
    {
        var decoded = PathEncoding.Decode(path);
        return vector is null ? decoded : decoded + "\n" + vector.Id;
    }
}
