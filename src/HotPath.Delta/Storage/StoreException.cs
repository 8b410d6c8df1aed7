namespace HotPath.Delta.Storage;

/// <summary>The file system or the object store failed. The message says what was tried, why it failed and what may help.</summary>
public sealed class StoreException : IOException
{
    public StoreException(string message)
        : base(message)
    {
    }

    public StoreException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>True where what was asked may yet have been done: a name that is there but perhaps not durable.</summary>
    public bool MayHaveHappened { get; init; }
}
