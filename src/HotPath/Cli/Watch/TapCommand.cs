using System.CommandLine;
using System.Globalization;
using HotPath.Serve.Http;

namespace HotPath.Cli.Watch;

/// <summary><c>hotpath tap</c>: what goes through a running instance, sampled, a line of JSON each.</summary>
internal static class TapCommand
{
    public static Command Create()
    {
        var instance = new InstanceOptions();
        var equipment = new Option<string?>("--equipment") { Description = "Machine ids or globs (* and ?), separated by commas; all unless told" };
        var stage = new Option<string[]>("--stage") { Description = $"{string.Join(", ", TapStages.Words)}; all unless told", AllowMultipleArgumentsPerToken = true };
        stage.AcceptOnlyFromAmong(TapStages.Words);
        var rate = new Option<int>("--rate") { Description = "Lines a second at most; what goes beyond is counted on stderr", DefaultValueFactory = _ => 50 };
        var limit = new Option<long?>("--limit") { Description = "So many lines, and the end; until Ctrl+C when not given" };
        var command = new Command("tap", "Readings, transitions and downtimes of a running instance as they come, sampled.") { equipment, stage, rate, limit };
        instance.AddTo(command);
        command.SetAction((parsed, _) => CommandEnd.RunAsync(async cancel =>
        {
            using var client = instance.Open(parsed);
            var path = Path(parsed.GetValue(equipment), parsed.GetValue(stage) ?? [], parsed.GetValue(rate));
            return await RunAsync(client, path, parsed.GetValue(limit) ?? long.MaxValue, Console.Out, Console.Error, cancel);
        }));
        return command;
    }

    internal static string Path(string? equipment, IReadOnlyCollection<string> stages, int rate)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"api/v1/tap?rate={rate}");
        path += stages.Count == 0 ? "" : $"&stage={string.Join(',', stages)}";
        return path + (equipment is null ? "" : $"&equipment={Uri.EscapeDataString(equipment)}");
    }

    internal static async Task<int> RunAsync(
        InstanceClient client, string path, long linesMax, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        using var response = await client.OpenStreamAsync(path, cancel);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        var kind = "";
        for (var written = 0L; written < linesMax && await lines.ReadLineAsync(cancel) is { } line;)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                kind = line["event: ".Length..];
            }
            else if (line.StartsWith("data: {", StringComparison.Ordinal))
            {
                var members = line["data: {".Length..];
                if (kind == "dropped")
                {
                    errors.WriteLine($"left out: {{{members}");
                    continue;
                }

                output.WriteLine($"{{\"stage\":\"{kind}\",{members}");
                await output.FlushAsync(cancel);
                written++;
            }
        }

        return ExitCode.Good;
    }
}
