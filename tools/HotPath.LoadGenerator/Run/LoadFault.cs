namespace HotPath.LoadGenerator.Run;

/// <summary>The run cannot go on: what is wrong, and with whom.</summary>
internal sealed class LoadFault : Exception
{
    public LoadFault(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
