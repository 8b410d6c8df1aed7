using System.CommandLine;
using System.Globalization;
using HotPath.Delta;
using HotPath.Delta.Storage;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Rules;
using HotPath.Serve.Http;

namespace HotPath.Cli;

/// <summary><c>hotpath replay</c>: rules over recorded readings; rows as NDJSON by equipment, rule and emission, then a summary.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var rules = new Option<string?>("--rules") { Description = "Rule document (YAML or JSON); for a journal its own rules when not given" };
        var input = new Option<string>("--input") { Description = "Readings, one JSON object a line; - is standard input; a journal directory; or a Delta table of readings", Required = true };
        var from = new Option<string?>("--from") { Description = "Of a table: event times from here on, e.g. 2026-03-01T06:00:00Z" };
        var to = new Option<string?>("--to") { Description = "Of a table: event times before this" };
        var equipment = new Option<string?>("--equipment") { Description = "Of a table: one machine" };
        var outOfOrderness = new Option<string?>("--out-of-orderness") { Description = "How late a reading may be, e.g. 250ms; default 0s" };
        var idleTimeout = new Option<string?>("--idle-timeout") { Description = "Silence after which a source holds nobody back; default none" };
        var maxFuture = new Option<string?>("--max-future") { Description = "How far a reading may be ahead of receivedAt; default any" };
        var unit = new Option<string>("--timestamp-unit") { Description = "Of integer timestamps: ns, us, ms or s", DefaultValueFactory = _ => "ms" };
        unit.AcceptOnlyFromAmong("ns", "us", "ms", "s");
        var command = new Command("replay", "Runs rules over recorded readings.")
        {
            rules, input, outOfOrderness, idleTimeout, maxFuture, unit, from, to, equipment,
        };
        command.SetAction(parsed =>
        {
            if (!TryDuration("--out-of-orderness", parsed.GetValue(outOfOrderness), out var outOfOrdernessMicros)
                || !TryDuration("--idle-timeout", parsed.GetValue(idleTimeout), out var idleTimeoutMicros)
                || !TryDuration("--max-future", parsed.GetValue(maxFuture), out var maxFutureMicros)
                || !TryTime("--from", parsed.GetValue(from), long.MinValue, out var fromMicros)
                || !TryTime("--to", parsed.GetValue(to), long.MaxValue, out var toMicros))
            {
                return ExitCode.Usage;
            }

            var options = new TimeOptions
            {
                OutOfOrdernessMicros = outOfOrdernessMicros ?? 0,
                IdleTimeoutMicros = idleTimeoutMicros,
                MaxFutureMicros = maxFutureMicros,
            };
            var readings = new TableReadings(fromMicros, toMicros, parsed.GetValue(equipment));
            return Run(parsed.GetValue(rules), parsed.GetValue(input)!, options, parsed.GetValue(unit)!, readings);
        });
        return command;
    }

    private static int Run(string? rulesPath, string inputPath, TimeOptions options, string unit, TableReadings readings)
    {
        var isTable = inputPath.StartsWith("s3://", StringComparison.Ordinal) || Directory.Exists(Path.Combine(inputPath, "_delta_log"));
        var isJournal = !isTable && Directory.Exists(inputPath);
        if (readings != new TableReadings(long.MinValue, long.MaxValue, null) && !isTable)
        {
            Console.Error.WriteLine("--from, --to and --equipment choose among the readings of a table; this input is none");
            return ExitCode.Usage;
        }

        if (rulesPath is null && !isJournal)
        {
            Console.Error.WriteLine("--rules is needed: a recording has none of its own");
            return ExitCode.Usage;
        }

        foreach (var path in new[] { rulesPath, isJournal || isTable ? null : inputPath })
        {
            if (path is not (null or "-") && !File.Exists(path))
            {
                Console.Error.WriteLine($"{path}: there is no such file");
                return ExitCode.Usage;
            }
        }

        RuleDocument? document = null;
        if (rulesPath is not null && !RuleDocument.TryParse(File.ReadAllBytes(rulesPath), out document, out var faults))
        {
            foreach (var fault in faults)
            {
                Console.Error.WriteLine($"{rulesPath}:{fault.Line}:{fault.Column}: {fault.Message}");
            }

            return ExitCode.Configuration;
        }

        if (isTable)
        {
            return RunTable(inputPath, document!, rulesPath!, options, readings);
        }

        return isJournal ? RunJournal(inputPath, document) : RunRecording(inputPath, document!, rulesPath!, options, unit);
    }

    private static int RunRecording(string inputPath, RuleDocument document, string rulesPath, TimeOptions options, string unit)
    {
        using var input = inputPath == "-" ? Console.OpenStandardInput() : File.OpenRead(inputPath);
        using var output = Console.OpenStandardOutput();
        using var replay = new RecordingReplay(options, RecordingReplay.UnitOf(unit), inputPath, Console.Error);
        if (!replay.TryAddRules(document, rulesPath))
        {
            return ExitCode.Configuration;
        }

        replay.Read(input);
        replay.Write(output);
        return replay.RefusedCount == 0 ? ExitCode.Good : ExitCode.Failed;
    }

    private static int RunTable(
        string location, RuleDocument document, string rulesPath, TimeOptions options, TableReadings readings)
    {
        using var output = Console.OpenStandardOutput();
        using var replay = new RecordingReplay(options, TimestampUnit.Microseconds, location, Console.Error);
        if (!replay.TryAddRules(document, rulesPath))
        {
            return ExitCode.Configuration;
        }

        try
        {
            replay.Take(readings.ReadAsync(location, replay.Names, CancellationToken.None).GetAwaiter().GetResult());
        }
        catch (Exception fault) when (fault is DeltaException or StoreException or InvalidDataException)
        {
            Console.Error.WriteLine($"hotpath: {fault.Message}");
            return ExitCode.Failed;
        }

        replay.Write(output);
        return ExitCode.Good;
    }

    private static int RunJournal(string directory, RuleDocument? instead)
    {
        using var output = Console.OpenStandardOutput();
        try
        {
            return JournalReplay.Run(directory, instead, output, Console.Error) ? ExitCode.Good : ExitCode.Failed;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            Console.Error.WriteLine($"hotpath: {fault.Message}");
            return ExitCode.Failed;
        }
    }

    private static bool TryTime(string option, string? text, long absent, out long micros)
    {
        micros = absent;
        if (text is null)
        {
            return true;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            micros = QueryReader.Micros(time);
            return true;
        }

        Console.Error.WriteLine($"{option}: \"{text}\" is no time; write 2026-03-01T06:00:00Z");
        return false;
    }

    private static bool TryDuration(string option, string? text, out long? micros)
    {
        micros = null;
        if (text is null)
        {
            return true;
        }

        if (Duration.TryParse(text, out var parsedMicros))
        {
            micros = parsedMicros;
            return true;
        }

        Console.Error.WriteLine($"{option}: \"{text}\" is not a duration; {Duration.HowToWrite}");
        return false;
    }
}
