using System.Runtime.InteropServices;

namespace HotPath.Cli.Watch;

/// <summary>Runs a command that lasts until it is told to end: Ctrl+C and SIGTERM are its good end.</summary>
internal static class CommandEnd
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        using var ends = new CancellationTokenSource();
        void OnStop(PosixSignalContext context)
        {
            context.Cancel = true;
            ends.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        try
        {
            return await command(ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            return ExitCode.Good;
        }
        catch (FormatException fault)
        {
            Console.Error.WriteLine($"hotpath: {fault.Message}");
            return ExitCode.Usage;
        }
        catch (Exception fault) when (StartFault.IsTold(fault))
        {
            Console.Error.WriteLine($"hotpath: {fault.Message}");
            return ExitCode.Failed;
        }
    }
}
