using HotPath.Delta.Parquet;

namespace HotPath.Delta.Storage;

/// <summary>An open file of a store. Any thread may read; whoever opened it disposes it after the last read.</summary>
public abstract class StoreReader : IRandomAccess, IDisposable
{
    public abstract long Length { get; }

    public abstract int Read(long offset, Span<byte> destination);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
