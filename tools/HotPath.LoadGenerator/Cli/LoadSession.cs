using System.Net.Sockets;
using System.Runtime.InteropServices;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Cli;

/// <summary>
/// A run on the console: Ctrl+C and SIGTERM end it in good order; data to stdout, messages to stderr.
/// </summary>
internal static class LoadSession
{
    private const int Good = 0;
    private const int Failed = 1;

    public static int Execute(LoadOptions options)
    {
        try
        {
            using var run = new LoadRun(options, TimeProvider.System);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(run, context));
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(run, context));
            var result = run.Execute(progress =>
            {
                if (options.JsonProgress)
                {
                    Console.Out.WriteLine(ProgressText.ProgressLine(progress));
                }
            });
            Console.Out.Write(options.JsonResult
                ? ProgressText.ResultLine(result) + Environment.NewLine
                : ProgressText.ResultText(result));
            return Good;
        }
        catch (Exception fault) when (IsOfTheWorld(fault))
        {
            Console.Error.WriteLine($"hotpath-load: {fault.Message}");
            return Failed;
        }
    }

    /// <summary>
    /// Whoever was to be talked to is not there, or files cannot be written: no fault of this program.
    /// </summary>
    private static bool IsOfTheWorld(Exception fault) => fault
        is LoadFault or SocketException or HttpRequestException or OperationCanceledException
        or IOException or UnauthorizedAccessException;

    private static void Stop(LoadRun run, PosixSignalContext context)
    {
        context.Cancel = true;
        run.Stop();
    }
}
