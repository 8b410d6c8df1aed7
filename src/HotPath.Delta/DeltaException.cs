namespace HotPath.Delta;

/// <summary>
/// A table cannot be loaded, understood or changed as asked. The message says what is wrong, why, and what may be done.
/// </summary>
public class DeltaException : Exception
{
    public DeltaException(string message)
        : base(message)
    {
    }

    public DeltaException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>A table asks for a feature of the Delta protocol that this library does not have; it is named.</summary>
public sealed class UnsupportedFeatureException : DeltaException
{
    public UnsupportedFeatureException(string feature, string message)
        : base(message) => Feature = feature;

    /// <summary>The feature as the protocol spells it, or the protocol version that is too new, such as "minReaderVersion 5".</summary>
    public string Feature { get; }
}

/// <summary>
/// A commit was sent and no answer told whether it stands. Its data files are kept. Refresh the table and look for the
/// transaction's version before writing the same rows again.
/// </summary>
public sealed class CommitUnknownException : DeltaException
{
    public CommitUnknownException(long version, string message, Exception? inner)
        : base(message, inner) => Version = version;

    /// <summary>The version that the commit was to become.</summary>
    public long Version { get; }
}
