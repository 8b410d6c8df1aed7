using System.CommandLine;
using System.Text.Json;
using HotPath.Configuration;
using HotPath.Delta;
using HotPath.Delta.Storage;
using HotPath.Serve.Http;
using HotPath.Standstills;
using Microsoft.Extensions.Primitives;

namespace HotPath.Cli.Reports;

/// <summary><c>hotpath report</c>: what stood still, and how available machines were, from the tables. The service need not run.</summary>
internal static class ReportCommand
{
    private const string DefaultConfig = "hotpath.yaml";

    public static Command Create()
    {
        var report = new Command("report", "Reports from the tables; the service need not run.");
        report.Add(Of("downtime", "Time lost by reason, and every downtime of the window.", DowntimeAsync));
        report.Add(Of("availability", "Availability, MTBF, MTTR and stops of each machine, the least available first.", AvailabilityAsync));
        return report;
    }

    private static Command Of(string name, string description, Func<ReportQuestion, TextWriter, CancellationToken, Task> answer)
    {
        var from = new Option<string?>("--from") { Description = "Begin of the window: 2026-03-01T06:00:00Z, or -8h; eight hours before its end unless told" };
        var to = new Option<string?>("--to") { Description = "End of the window, not included; now unless told" };
        var equipment = new Option<string?>("--equipment") { Description = "Machine ids or globs (* and ?), separated by commas" };
        var tables = new Option<string?>("--tables") { Description = "Where the tables are; else as the configuration says" };
        var config = new Option<string?>("--config") { Description = $"Configuration; {DefaultConfig} if it is there" };
        var json = new Option<bool>("--json") { Description = "One JSON document" };
        var command = new Command(name, description) { from, to, equipment, tables, config, json };
        command.SetAction((parsed, cancel) => RunAsync(async () =>
        {
            var question = Question(
                parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(equipment), DateTimeOffset.UtcNow,
                Tables(parsed.GetValue(tables), parsed.GetValue(config)), parsed.GetValue(json));
            await answer(question, Console.Out, cancel);
        }));
        return command;
    }

    /// <exception cref="FormatException">What was asked makes no sense; the message says all that is wrong.</exception>
    internal static ReportQuestion Question(
        string? from, string? to, string? equipment, DateTimeOffset now, TableStandstills tables, bool isJson)
    {
        // The API's own reader, so that both understand the same.
        var given = new Dictionary<string, StringValues>(StringComparer.Ordinal) { ["from"] = from, ["to"] = to, ["equipment"] = equipment };
        var query = new QueryReader(new QueryCollection(given), now);
        var (fromMicros, toMicros) = AnalysisRoutes.Window(query, now);
        var wanted = query.Globs("equipment");
        var nowMicros = QueryReader.Micros(now);
        toMicros = Math.Min(toMicros, nowMicros);
        if (query.Faults().Count == 0 && fromMicros >= toMicros)
        {
            query.Refuse($"The window from {Documents.Time(fromMicros):O} to {Documents.Time(toMicros):O} is empty.");
        }

        return query.Faults() is { Count: > 0 } faults
            ? throw new FormatException(string.Join(' ', faults))
            : new ReportQuestion(tables, fromMicros, toMicros, nowMicros, wanted, isJson);
    }

    internal static async Task DowntimeAsync(ReportQuestion asked, TextWriter output, CancellationToken cancel)
    {
        var rows = await asked.Tables.ReadAsync(asked.FromMicros, asked.ToMicros, asked.Equipment, cancel);
        var report = new DowntimeReport(
            Pareto.Of(rows, asked.FromMicros, asked.ToMicros, asked.NowMicros),
            [.. rows.OrderBy(row => row.StartMicros).ThenBy(row => row.EquipmentId, StringComparer.Ordinal)
                .ThenBy(row => row.RuleId, StringComparer.Ordinal).Select(ReportedDowntime.Of)]);
        output.Write(asked.IsJson
            ? JsonSerializer.Serialize(report, ServeJson.Default.DowntimeReport) + Environment.NewLine
            : ReportText.Of(report));
    }

    internal static async Task AvailabilityAsync(ReportQuestion asked, TextWriter output, CancellationToken cancel)
    {
        var driven = await asked.Tables.DrivenAsync(asked.ToMicros, asked.Equipment, cancel);
        var rows = await asked.Tables.ReadAsync(asked.FromMicros, asked.ToMicros, asked.Equipment, cancel);
        var lines = KeyFigures.Of(driven, rows, asked.FromMicros, asked.ToMicros);
        var report = new KpiDocument(
            Documents.Time(asked.FromMicros), Documents.Time(asked.ToMicros), IsCut: false, lines.Count, lines);
        output.Write(asked.IsJson
            ? JsonSerializer.Serialize(report, ServeJson.Default.KpiDocument) + Environment.NewLine
            : ReportText.Of(report));
    }

    private static TableStandstills Tables(string? location, string? config)
    {
        config ??= File.Exists(DefaultConfig) ? DefaultConfig : null;
        if (!HotPathConfiguration.TryLoad(config, RunCommand.EnvironmentVariables(), [], out var configuration, out var faults))
        {
            throw new FormatException(string.Join(Environment.NewLine, faults.Select(fault => fault.ToString())));
        }

        var options = configuration.ToSinkOptions();
        return new TableStandstills(location ?? options.Location, new DeltaTableOptions { S3 = options.S3 });
    }

    private static async Task<int> RunAsync(Func<Task> report)
    {
        try
        {
            await report();
            return ExitCode.Good;
        }
        catch (FormatException fault)
        {
            Console.Error.WriteLine($"hotpath report: {fault.Message}");
            return ExitCode.Usage;
        }
        catch (Exception fault) when (fault is DeltaException or StoreException)
        {
            Console.Error.WriteLine($"hotpath report: {fault.Message}");
            return ExitCode.Failed;
        }
    }
}

/// <summary>What a report is about.</summary>
/// <param name="ToMicros">Not to come.</param>
/// <param name="Equipment">Null = all machines.</param>
internal sealed record ReportQuestion(
    TableStandstills Tables, long FromMicros, long ToMicros, long NowMicros, Func<string, bool>? Equipment, bool IsJson);

/// <param name="Reasons">As /api/v1/pareto, planned stops too.</param>
internal sealed record DowntimeReport(ParetoDocument Reasons, IReadOnlyList<ReportedDowntime> Downtimes);

/// <param name="EndTime">Null = it is open.</param>
internal sealed record ReportedDowntime(
    string EquipmentId, string RuleId, string State, string? Reason, string Category, bool IsMicro, DateTime StartTime, DateTime? EndTime,
    double? DurationSeconds)
{
    public static ReportedDowntime Of(Standstill row) => new(
        row.EquipmentId, row.RuleId, row.State, row.Reason, Documents.Category(row.Category) ?? "", row.IsMicro,
        Documents.Time(row.StartMicros), Documents.TimeOrNull(row.EndMicros), (row.EndMicros - row.StartMicros) / 1e6);
}
