using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Delta;

namespace HotPath.Cli;

/// <summary>A table, and how it is reached.</summary>
internal sealed record TableAt(string Location, DeltaTableOptions Options);

/// <summary>What the commands on a table do and print: text for people, or JSON with the same facts.</summary>
internal static class TablePrinter
{
    public static async Task ShowAsync(
        TableAt at,
        long? version,
        bool isJson,
        Stream output,
        CancellationToken cancellation)
    {
        using var table = await DeltaTable.OpenAsync(at.Location, at.Options, cancellation);
        var snapshot = version is { } wanted ? await table.SnapshotAtAsync(wanted, cancellation) : table.Snapshot;
        if (isJson)
        {
            WriteJson(output, json => TableJson.Write(json, table.Location, snapshot));
        }
        else
        {
            WriteText(output, TableText.Of(table.Location, snapshot));
        }
    }

    public static async Task ReadAsync(TableAt at, ReadOptions options, Stream output, CancellationToken cancellation)
    {
        using var table = await DeltaTable.OpenAsync(at.Location, at.Options, cancellation);
        using var rows = new NdjsonRows(output, await table.ColumnsOfAsync(options, cancellation));
        await foreach (var batch in table.ReadAsync(options, cancellation))
        {
            rows.Write(batch);
        }
    }

    public static async Task HistoryAsync(TableAt at, bool isJson, Stream output, CancellationToken cancellation)
    {
        using var table = await DeltaTable.OpenAsync(at.Location, at.Options, cancellation);
        await foreach (var version in table.HistoryAsync(cancellation))
        {
            if (isJson)
            {
                WriteJson(output, json => TableJson.Write(json, version));
            }
            else
            {
                WriteText(output, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{version.Version,8}  {version.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}  {version.Operation ?? "?",-18}  "
                    + $"+{version.FilesAdded} -{version.FilesRemoved} files\n"));
            }
        }
    }

    public static async Task CheckpointAsync(TableAt at, bool isJson, Stream output, CancellationToken cancellation)
    {
        var version = await DeltaTable.CheckpointAtAsync(at.Location, at.Options, cancellation);
        WriteFacts(output, isJson, ("version", version));
    }

    public static async Task OptimizeAsync(
        TableAt at,
        OptimizeOptions options,
        bool isJson,
        Stream output,
        CancellationToken cancellation)
    {
        using var table = await DeltaTable.OpenAsync(at.Location, at.Options, cancellation);
        var result = await table.OptimizeAsync(options, cancellation);
        WriteFacts(
            output,
            isJson,
            ("version", table.Snapshot.Version),
            ("filesRemoved", result.FilesRemoved),
            ("filesAdded", result.FilesAdded),
            ("bytesRemoved", result.BytesRemoved),
            ("bytesAdded", result.BytesAdded),
            ("binsLost", result.BinsLost));
    }

    public static async Task VacuumAsync(
        TableAt at,
        VacuumOptions options,
        bool isJson,
        Stream output,
        CancellationToken cancellation)
    {
        using var table = await DeltaTable.OpenAsync(at.Location, at.Options, cancellation);
        var result = await table.VacuumAsync(options, cancellation);
        if (isJson)
        {
            WriteJson(output, json => TableJson.Write(json, result, options.DryRun));
            return;
        }

        foreach (var path in result.Paths)
        {
            WriteText(output, path + "\n");
        }

        var verb = options.DryRun ? "would be deleted" : "deleted";
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{result.Paths.Count} files of {result.Bytes} bytes {verb}."));
    }

    private static void WriteFacts(Stream output, bool isJson, params (string Name, long Value)[] facts)
    {
        if (!isJson)
        {
            WriteText(output, string.Concat(facts.Select(
                static fact => string.Create(CultureInfo.InvariantCulture, $"{fact.Name,-14}{fact.Value}\n"))));
            return;
        }

        WriteJson(output, json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in facts)
            {
                json.WriteNumber(name, value);
            }

            json.WriteEndObject();
        });
    }

    private static void WriteText(Stream output, string text) => output.Write(Encoding.UTF8.GetBytes(text));

    private static void WriteJson(Stream output, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        output.WriteByte((byte)'\n');
    }
}
