namespace HotPath.Delta.Parquet.Compression;

/// <summary>A codec lives in a library of the system that is not installed.</summary>
public sealed class CodecMissingException(string codec, string library, string package, Exception inner)
    : Exception(
        $"{codec} needs {library}, which the loader does not find. Install the package {package}, or choose another codec.",
        inner);
