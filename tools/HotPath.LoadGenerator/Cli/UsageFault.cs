namespace HotPath.LoadGenerator.Cli;

/// <summary>The command line asks for something that cannot be.</summary>
internal sealed class UsageFault : Exception
{
    public UsageFault(string message)
        : base(message)
    {
    }
}
