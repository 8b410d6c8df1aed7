using System.CommandLine;
using System.Globalization;
using System.Text;
using HotPath.Configuration;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Delta.Storage;
using HotPath.Engine;
using HotPath.Engine.Rules;
using HotPath.Serve.Http;

namespace HotPath.Cli.Explain;

/// <summary>
/// <c>hotpath explain</c>: why a machine was in its states at a time, by the evidence that was stored with the
/// transitions: of an installation's tables, or of rules run over a recording.
/// </summary>
internal static class ExplainCommand
{
    private const string DefaultConfig = "hotpath.yaml";

    public static Command Create()
    {
        var equipment = new Option<string>("--equipment") { Description = "The machine's id", Required = true };
        var rule = new Option<string?>("--rule") { Description = "One rule; all when not given" };
        var at = new Option<string>("--at") { Description = "A time such as 2026-03-01T06:00:00Z, or microseconds since 1970", Required = true };
        var config = new Option<string?>("--config") { Description = $"Configuration of the installation; {DefaultConfig} if it is there, else the defaults" };
        var rules = new Option<string?>("--rules") { Description = "With --input: the rules to run" };
        var input = new Option<string?>("--input") { Description = "A recording instead of tables: one JSON object a line" };
        var outOfOrderness = new Option<string?>("--out-of-orderness") { Description = "With --input: how late a reading may be; default 0s" };
        var unit = new Option<string>("--timestamp-unit") { Description = "With --input: ns, us, ms or s", DefaultValueFactory = _ => "ms" };
        unit.AcceptOnlyFromAmong("ns", "us", "ms", "s");
        var json = new Option<bool>("--json") { Description = "One JSON object a rule" };
        var command = new Command("explain", "Why a machine was in its state: case, values, since when, who held the watermark.")
        {
            equipment, rule, at, config, rules, input, outOfOrderness, unit, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!TryTime(parsed.GetValue(at)!, out var atMicros))
            {
                Console.Error.WriteLine($"--at: \"{parsed.GetValue(at)}\" is no time; write 2026-03-01T06:00:00Z, or microseconds since 1970");
                return ExitCode.Usage;
            }

            var asked = new ExplainQuestion(parsed.GetValue(equipment)!, parsed.GetValue(rule), atMicros);
            try
            {
                var answers = parsed.GetValue(input) is { } path
                    ? OfRecording(asked, parsed.GetValue(rules), path, parsed.GetValue(outOfOrderness), parsed.GetValue(unit)!)
                    : await OfTablesAsync(asked, parsed.GetValue(config), cancellation);
                return answers is null ? ExitCode.Usage : Print(asked, answers, parsed.GetValue(json), Console.Out, Console.Error);
            }
            catch (Exception fault) when (fault is DeltaException or StoreException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"hotpath: {fault.Message}");
                return ExitCode.Failed;
            }
        });
        return command;
    }

    /// <summary>The last transition of each rule up to the time, from the table.</summary>
    internal static async Task<IReadOnlyCollection<ExplainedTransition>> OfTableAsync(
        ExplainQuestion asked, string tables, DeltaTableOptions? options, CancellationToken cancellation)
    {
        var utf8 = ColumnValue.OfBytes(Encoding.UTF8.GetBytes(asked.Equipment));
        var rows = TableJsonRows.ReadAsync($"{tables.TrimEnd('/')}/transitions", options, ExplainedTransition.Columns, cancellation, new ColumnRange("equipment_id", utf8, utf8));
        await foreach (var row in rows)
        {
            if (row.GetProperty("equipment_id").GetString() == asked.Equipment)
            {
                asked.Take(ExplainedTransition.OfTable(row));
            }
        }

        return asked.Answers;
    }

    /// <summary>Exit 0 with an answer for each rule, 1 when there is none.</summary>
    internal static int Print(
        ExplainQuestion asked, IReadOnlyCollection<ExplainedTransition> answers, bool isJson, TextWriter output, TextWriter errors)
    {
        foreach (var answer in answers)
        {
            if (isJson)
            {
                ExplainText.WriteJson(answer, output);
            }
            else
            {
                ExplainText.Write(answer, output);
            }
        }

        if (answers.Count == 0)
        {
            errors.WriteLine($"{asked.Equipment}: no transition is known up to that time{(asked.Rule is { } rule ? $" under the rule {rule}" : "")}");
        }

        return answers.Count > 0 ? ExitCode.Good : ExitCode.Failed;
    }

    private static async Task<IReadOnlyCollection<ExplainedTransition>?> OfTablesAsync(
        ExplainQuestion asked, string? path, CancellationToken cancellation)
    {
        path ??= File.Exists(DefaultConfig) ? DefaultConfig : null;
        if (HotPathConfiguration.TryLoad(path, RunCommand.EnvironmentVariables(), [], out var configuration, out var faults))
        {
            return await OfTableAsync(
                asked, configuration.Delta.Location, new DeltaTableOptions { S3 = configuration.ToSinkOptions().S3 }, cancellation);
        }

        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault.ToString());
        }

        return null;
    }

    private static IReadOnlyCollection<ExplainedTransition>? OfRecording(
        ExplainQuestion asked, string? rulesPath, string inputPath, string? outOfOrderness, string unit)
    {
        if (rulesPath is null || !RuleFiles.TryLoad(rulesPath, out var document, out var faults))
        {
            Console.Error.WriteLine("--input needs --rules with a rule document that `check` finds no fault in");
            return null;
        }

        if (!Duration.TryParse(outOfOrderness ?? "0s", out var outOfOrdernessMicros))
        {
            Console.Error.WriteLine($"--out-of-orderness: \"{outOfOrderness}\" is not a duration; {Duration.HowToWrite}");
            return null;
        }

        RecordingReplay? replay = null;
        using var run = replay = new RecordingReplay(
            new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMicros },
            RecordingReplay.UnitOf(unit),
            inputPath,
            Console.Error,
            record =>
            {
                if (ExplainedTransition.TryRead(record, replay!.Names, replay.Catalog, out var transition)
                    && transition.Equipment == asked.Equipment)
                {
                    asked.Take(transition);
                }
            });
        if (!run.TryAddRules(document, rulesPath))
        {
            return null;
        }

        using var input = File.OpenRead(inputPath);
        run.Read(input);
        return asked.Answers;
    }

    private static bool TryTime(string text, out long micros)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out micros))
        {
            return true;
        }

        var isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        micros = isTime ? QueryReader.Micros(time) : 0;
        return isTime;
    }
}
