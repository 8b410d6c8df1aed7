using System.CommandLine;
using System.Runtime.InteropServices;
using HotPath.Demo;

namespace HotPath.Cli;

/// <summary><c>hotpath demo</c>: the whole service on loopback, with generated machines whose truth is known.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var duration = new Option<string?>("--duration") { Description = "How long readings are sent, e.g. 60s; until Ctrl+C when not given" };
        var rate = new Option<string>("--rate") { Description = "Readings per second, or max", DefaultValueFactory = _ => "20000" };
        var equipment = new Option<int>("--equipment") { Description = "Machines", DefaultValueFactory = _ => 48 };
        var tags = new Option<int>("--tags") { Description = "Tags of each machine", DefaultValueFactory = _ => 8 };
        var seed = new Option<long>("--seed") { Description = "The same seed, the same machines", DefaultValueFactory = _ => 1 };
        var data = new Option<string?>("--data") { Description = "Where data goes and stays; a directory that is removed at the end when not given" };
        var json = new Option<bool>("--json") { Description = "The books as one line of JSON at the end" };
        var command = new Command("demo", "Everything on loopback, with generated machines and known truth.")
        {
            duration, rate, equipment, tags, seed, data, json,
        };
        command.SetAction((parsed, _) => RunAsync(
            new DemoOptions
            {
                Duration = parsed.GetValue(duration),
                Rate = parsed.GetValue(rate)!,
                Equipment = parsed.GetValue(equipment),
                Tags = parsed.GetValue(tags),
                Seed = parsed.GetValue(seed),
                DataDirectory = parsed.GetValue(data),
            },
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options, bool isJson)
    {
        using var stopping = new CancellationTokenSource();
        void OnStop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        try
        {
            using var logs = StandardErrorLogs.Create();
            var books = await DemoRun.ExecuteAsync(options, logs, stopping.Token);
            Console.Out.WriteLine(isJson ? DemoText.Json(books) : DemoText.Table(books));
            return books.IsRight ? ExitCode.Good : ExitCode.Failed;
        }
        catch (Exception fault) when (StartFault.IsTold(fault))
        {
            Console.Error.WriteLine($"hotpath: {fault.Message}");
            return ExitCode.Failed;
        }
    }
}
