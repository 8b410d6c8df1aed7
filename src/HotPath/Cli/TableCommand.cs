using System.CommandLine;
using HotPath.Delta;
using HotPath.Delta.Storage;

namespace HotPath.Cli;

/// <summary>
/// <c>hotpath table</c>: any Delta table from the command line. Standard output is data, standard error messages; 0 is good,
/// 1 is that it failed.
/// </summary>
internal static class TableCommand
{
    private static readonly Argument<string> Location = new("LOCATION")
    {
        Description = "A directory, or s3://bucket/prefix.",
    };

    private static readonly Option<long?> Version = new("--version")
    {
        Description = "The version of the table; the newest without it.",
    };

    private static readonly Option<string?> Columns = new("--columns")
    {
        Description = "Column names with commas between them; all flat columns without it.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Write one JSON object, or one per line." };

    public static Command Create()
    {
        var table = new Command("table", "Shows, reads and maintains Delta tables.");
        table.Add(Show());
        table.Add(Read());
        table.Add(History());
        table.Add(Checkpoint());
        table.Add(Optimize());
        table.Add(Vacuum());
        return table;
    }

    private static Command Show() => With(
        "show",
        "Version, protocol, schema, files and rows.",
        [Version, Json],
        (result, output, cancellation) => TablePrinter.ShowAsync(
            result.GetRequiredValue(Location), result.GetValue(Version), result.GetValue(Json), output, cancellation));

    private static Command Read() => With(
        "read",
        "Rows as NDJSON in file order. Times are UTC with microseconds, binary is Base64, NaN and Infinity are words.",
        [Version, Columns, Json],
        (result, output, cancellation) => TablePrinter.ReadAsync(
            result.GetRequiredValue(Location),
            new ReadOptions { Version = result.GetValue(Version), Columns = Names(result.GetValue(Columns)) },
            output,
            cancellation));

    private static Command History() => With(
        "history",
        "What every commit said about itself, newest first.",
        [Json],
        (result, output, cancellation) => TablePrinter.HistoryAsync(
            result.GetRequiredValue(Location), result.GetValue(Json), output, cancellation));

    private static Command Checkpoint() => With(
        "checkpoint",
        "Writes a checkpoint of the newest version.",
        [Json],
        (result, output, cancellation) => TablePrinter.CheckpointAsync(
            result.GetRequiredValue(Location), result.GetValue(Json), output, cancellation));

    private static Command Optimize()
    {
        var sortBy = new Option<string?>("--sort-by") { Description = "Columns to sort the rows of merged files by." };
        return With(
            "optimize",
            "Merges small files, each partition by itself.",
            [sortBy, Json],
            (result, output, cancellation) => TablePrinter.OptimizeAsync(
                result.GetRequiredValue(Location),
                new OptimizeOptions { SortBy = Names(result.GetValue(sortBy)) ?? [] },
                result.GetValue(Json),
                output,
                cancellation));
    }

    private static Command Vacuum()
    {
        var retain = new Option<double?>("--retain-hours") { Description = "Less than the table's retention needs --force." };
        var force = new Option<bool>("--force") { Description = "Allow it, though readers and writers may lose files." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be deleted." };
        return With(
            "vacuum",
            "Deletes files that no longer belong to the table.",
            [retain, force, dryRun, Json],
            (result, output, cancellation) => TablePrinter.VacuumAsync(
                result.GetRequiredValue(Location),
                new VacuumOptions
                {
                    Retention = result.GetValue(retain) is { } hours ? TimeSpan.FromHours(hours) : null,
                    Force = result.GetValue(force),
                    DryRun = result.GetValue(dryRun),
                },
                result.GetValue(Json),
                output,
                cancellation));
    }

    private static string[]? Names(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Command With(
        string name,
        string description,
        IReadOnlyList<Option> options,
        Func<ParseResult, Stream, CancellationToken, Task> run)
    {
        var command = new Command(name, description);
        command.Add(Location);
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction((result, cancellation) => RunAsync(output => run(result, output, cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(Func<Stream, Task> run)
    {
        // Rows come by the million: one large buffer, and no line is flushed by itself.
        await using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        try
        {
            await run(output);
            await output.FlushAsync();
            return 0;
        }
        catch (Exception fault) when (fault is DeltaException or StoreException)
        {
            await output.FlushAsync();
            await Console.Error.WriteLineAsync($"hotpath table: {fault.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("hotpath table: stopped.");
            return 1;
        }
    }
}
