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
}
