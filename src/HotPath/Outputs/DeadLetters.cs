using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Engine.Ledger;

namespace HotPath.Outputs;

/// <summary>
/// Rows that a receiver would not take, kept with the reason, one JSON a line, synced before the output goes on without
/// them. Whoever has mended the receiver renames <c>name.ndjson</c> to <c>name.again.ndjson</c>: its rows are sent again.
/// Belongs to the output's task.
/// </summary>
/// <remarks>
/// <code>{"deadAt":T,"reason":R,"type":"transition"|"downtime","id":I,"key":E,"at":micros,"row":{...}}</code>
/// </remarks>
internal sealed class DeadLetters(string directory, string name)
{
    private readonly string _path = Path.Combine(directory, name + ".ndjson");
    private readonly string _againPath = Path.Combine(directory, name + ".again.ndjson");

    /// <summary>Appends them; durable when it returns.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Add(IEnumerable<(OutputRow Row, string Reason)> dead, long nowMicros)
    {
        Directory.CreateDirectory(directory);
        var lines = new MemoryStream();
        foreach (var (row, reason) in dead)
        {
            Write(lines, row, reason, nowMicros);
        }

        DurableAppend.Append(_path, lines.ToArray());
    }

    /// <summary>Rows that are to be sent again; none when nobody asked. A line that is none of ours is an error.</summary>
    /// <exception cref="InvalidDataException">A line cannot be read.</exception>
    public IReadOnlyList<OutputRow> TakeAgain() =>
        File.Exists(_againPath) ? [.. File.ReadLines(_againPath).Where(line => line.Length > 0).Select(Read)] : [];

    /// <summary>They are all out, or dead letters once more.</summary>
    public void EndAgain() => File.Delete(_againPath);

    private static void Write(Stream into, OutputRow row, string reason, long nowMicros)
    {
        using (var json = new Utf8JsonWriter(into, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("deadAt", RowJson.Time(nowMicros));
            json.WriteString("reason", reason);
            json.WriteString("type", row.KindWord);
            json.WriteString("id", row.Id);
            json.WriteString("key", row.Key);
            json.WriteNumber("at", row.AtMicros);
            json.WritePropertyName("row");
            json.WriteRawValue(row.Json.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        into.WriteByte((byte)'\n');
    }

    private OutputRow Read(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var letter = document.RootElement;
            return new OutputRow(
                null,
                letter.GetProperty("id").GetString()!,
                letter.GetProperty("type").GetString() == "transition" ? LedgerRecordKind.Transition : LedgerRecordKind.Downtime,
                letter.GetProperty("key").GetString()!,
                letter.GetProperty("at").GetInt64(),
                Encoding.UTF8.GetBytes(letter.GetProperty("row").GetRawText()));
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{_againPath} holds a line that is no dead letter: {fault.Message} Remove it.", fault);
        }
    }
}
