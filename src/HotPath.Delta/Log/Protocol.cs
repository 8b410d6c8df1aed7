namespace HotPath.Delta.Log;

/// <summary>
/// What an engine must know to read or write a table. The features are listed if and only if the reader version is 3 and
/// the writer version 7.
/// </summary>
public sealed record Protocol(
    int MinReaderVersion,
    int MinWriterVersion,
    IReadOnlyList<string>? ReaderFeatures = null,
    IReadOnlyList<string>? WriterFeatures = null)
{
    internal const int ReaderVersionWithFeatures = 3;
    internal const int WriterVersionWithFeatures = 7;

    /// <summary>The combination that the most engines read and write.</summary>
    public static Protocol Default { get; } = new(1, 2);

    /// <summary>Whether a writer feature is listed by name.</summary>
    public bool HasWriterFeature(string name) => WriterFeatures?.Contains(name) ?? false;

    /// <summary>Whether a reader feature is listed by name.</summary>
    public bool HasReaderFeature(string name) => ReaderFeatures?.Contains(name) ?? false;
}
