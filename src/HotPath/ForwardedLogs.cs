namespace HotPath;

/// <summary>Lets a server of its own log where the process logs.</summary>
internal sealed class ForwardedLogs(ILoggerFactory logs) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

    public void Dispose()
    {
        // The factory is the process's.
    }
}
