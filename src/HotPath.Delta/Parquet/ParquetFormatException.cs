namespace HotPath.Delta.Parquet;

/// <summary>A file is no Parquet file, is damaged, or uses what HotPath does not read. The message says what and where.</summary>
public sealed class ParquetFormatException(string message, Exception? inner = null) : Exception(message, inner);
