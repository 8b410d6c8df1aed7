using System.CommandLine;
using System.Text.Json;
using HotPath.Configuration;
using HotPath.Serve.Http;

namespace HotPath.Cli.Watch;

/// <summary><c>hotpath top</c>: whether it flows and where it is stuck, once a second, from the status of a running instance.</summary>
internal static class TopCommand
{
    private const string StatusPath = "api/v1/status";

    // The other screen of a terminal, so that what stood there comes back at the end.
    private const string EnterScreen = "\e[?1049h\e[?25l";
    private const string LeaveScreen = "\e[?25h\e[?1049l";

    public static Command Create()
    {
        var instance = new InstanceOptions();
        var interval = new Option<string>("--interval") { Description = "Between two looks", DefaultValueFactory = _ => "1s" };
        var json = new Option<bool>("--json") { Description = "One look as JSON, and the end" };
        var command = new Command("top", "A live view of a running instance; a line for each look where there is no terminal.") { interval, json };
        instance.AddTo(command);
        command.SetAction((parsed, _) => CommandEnd.RunAsync(async cancel =>
        {
            if (!ConfigurationValues.TryDuration(parsed.GetValue(interval)!, out var pause) || pause < TimeSpan.FromMilliseconds(100))
            {
                throw new FormatException($"--interval cannot be \"{parsed.GetValue(interval)}\": a duration like 1s, at least 100ms");
            }

            using var client = instance.Open(parsed);
            if (parsed.GetValue(json))
            {
                return await SnapshotAsync(client, Console.Out, cancel);
            }

            return Console.IsOutputRedirected
                ? await LinesAsync(client, pause, Console.Out, cancel)
                : await ScreenAsync(client, pause, Console.Out, cancel);
        }));
        return command;
    }

    internal static async Task<int> SnapshotAsync(InstanceClient client, TextWriter output, CancellationToken cancel)
    {
        var status = await client.GetAsync(StatusPath, cancel);
        output.WriteLine(System.Text.Encoding.UTF8.GetString(status));
        return ExitCode.Good;
    }

    /// <summary>For files and pipes: one line a look, until the instance is gone.</summary>
    internal static async Task<int> LinesAsync(InstanceClient client, TimeSpan pause, TextWriter output, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(pause);
        do
        {
            output.WriteLine(TopText.Line(await StatusAsync(client, cancel)));
            await output.FlushAsync(cancel);
        }
        while (await timer.WaitForNextTickAsync(cancel));

        return ExitCode.Good;
    }

    private static async Task<int> ScreenAsync(InstanceClient client, TimeSpan pause, TextWriter output, CancellationToken cancel)
    {
        var isPlain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        StatusDocument? before = null;
        using var timer = new PeriodicTimer(pause);
        output.Write(EnterScreen);
        try
        {
            do
            {
                var status = await StatusAsync(client, cancel);
                var lines = TopText.Frame(status, before, client.Address, isPlain).Take(Math.Max(1, Console.WindowHeight - 1));
                output.Write($"\e[H{string.Join("\e[K\n", lines)}\e[K\e[J");
                output.Flush();
                before = status;
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        finally
        {
            output.Write(LeaveScreen);
            output.Flush();
        }

        return ExitCode.Good;
    }

    private static async Task<StatusDocument> StatusAsync(InstanceClient client, CancellationToken cancel) =>
        JsonSerializer.Deserialize(await client.GetAsync(StatusPath, cancel), ServeJson.Default.StatusDocument)
        ?? throw new IOException($"{client.Address} answered without a status");
}
