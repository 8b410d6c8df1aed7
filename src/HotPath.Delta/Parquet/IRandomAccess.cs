namespace HotPath.Delta.Parquet;

/// <summary>Bytes that can be read anywhere: a file, an object in a store, an array.</summary>
public interface IRandomAccess
{
    long Length { get; }

    /// <summary>Reads at an offset; fewer bytes than wanted only at the end, 0 beyond it. Any thread may call it.</summary>
    int Read(long offset, Span<byte> destination);
}
