using Microsoft.Extensions.Logging.Console;

namespace HotPath.Cli;

/// <summary>Messages go to stderr, one line each: stdout is data.</summary>
internal static class StandardErrorLogs
{
    public static ILoggerFactory Create() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.TimestampFormat = "HH:mm:ss ";
            format.ColorBehavior = LoggerColorBehavior.Disabled;
        }));
}
