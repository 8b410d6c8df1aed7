using System.CommandLine;
using HotPath.Delta;
using HotPath.Delta.Storage;
using HotPath.Sink;

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

    private static readonly Option<string?> Endpoint = new("--s3-endpoint")
    {
        Description = "Such as http://127.0.0.1:9000, for s3:// locations; AWS without it.",
    };

    private static readonly Option<string?> Region = new("--s3-region") { Description = "The region of the bucket." };

    private static readonly Option<bool?> PathStyle = new("--s3-path-style")
    {
        Description = "The bucket in the path; yes with an endpoint, no with AWS where it is not said.",
    };

    private static readonly Option<string?> Profile = new("--s3-profile")
    {
        Description = "A profile of the shared credentials file; else the environment and what else AWS tools look for.",
    };

    private static readonly Option<string?> Encryption = new("--s3-encryption")
    {
        Description = "AES256 or aws:kms for what is written; the bucket's own without it.",
    };

    private static readonly Option<string?> KmsKey = new("--s3-kms-key") { Description = "The key for aws:kms." };

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
            At(result), result.GetValue(Version), result.GetValue(Json), output, cancellation));

    private static Command Read() => With(
        "read",
        "Rows as NDJSON in file order. Times are UTC with microseconds, binary is Base64, NaN and Infinity are words.",
        [Version, Columns, Json],
        (result, output, cancellation) => TablePrinter.ReadAsync(
            At(result),
            new ReadOptions { Version = result.GetValue(Version), Columns = Names(result.GetValue(Columns)) },
            output,
            cancellation));

    private static Command History() => With(
        "history",
        "What every commit said about itself, newest first.",
        [Json],
        (result, output, cancellation) => TablePrinter.HistoryAsync(
            At(result), result.GetValue(Json), output, cancellation));

    private static Command Checkpoint() => With(
        "checkpoint",
        "Writes a checkpoint of the newest version.",
        [Json],
        (result, output, cancellation) => TablePrinter.CheckpointAsync(
            At(result), result.GetValue(Json), output, cancellation));

    private static Command Optimize()
    {
        var sortBy = new Option<string?>("--sort-by")
        {
            Description = "Columns to sort the rows of merged files by; equipment_id, tag, event_time where the table has them.",
        };
        var target = new Option<long?>("--target-file-bytes") { Description = "About how large merged files become." };
        return With(
            "optimize",
            "Merges small files, each partition by itself.",
            [sortBy, target, Json],
            (result, output, cancellation) => TablePrinter.OptimizeAsync(
                At(result),
                new OptimizeOptions
                {
                    SortBy = Names(result.GetValue(sortBy)) ?? TableSchemas.MergeOrder,
                    TargetFileBytes = result.GetValue(target),
                },
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
                At(result),
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

    private static TableAt At(ParseResult result) => new(
        result.GetRequiredValue(Location),
        new DeltaTableOptions
        {
            S3 = new S3StoreOptions
            {
                Endpoint = result.GetValue(Endpoint),
                Region = result.GetValue(Region),
                PathStyle = result.GetValue(PathStyle),
                Profile = result.GetValue(Profile),
                ServerSideEncryption = result.GetValue(Encryption),
                KmsKeyId = result.GetValue(KmsKey),
            },
        });

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
        foreach (var option in options.Concat([Endpoint, Region, PathStyle, Profile, Encryption, KmsKey]))
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
