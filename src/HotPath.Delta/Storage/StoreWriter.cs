namespace HotPath.Delta.Storage;

/// <summary>
/// One file in the making. Owned by one thread. Bytes go to <see cref="Stream"/>; <see cref="CompleteAsync"/> makes the file
/// durable under its name; disposing without completing leaves nothing behind, as far as the store allows.
/// </summary>
public abstract class StoreWriter : IAsyncDisposable
{
    /// <summary>Where the bytes go, front to back. Do not close it.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Returns when the whole file survives a power cut under its name.</summary>
    public abstract ValueTask CompleteAsync(CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}
