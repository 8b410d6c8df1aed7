using System.Buffers;
using System.Globalization;
using System.Text.Json;
using HotPath.Audit;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Serve.Live;

namespace HotPath.Serve.Http;

/// <summary>Rows to documents: indexes become names, microseconds become times. Any thread may use it.</summary>
internal sealed class Documents(NameTables names, TransitionEvidence writeEvidence, Func<string, Acknowledgement?> acknowledgementOf)
{
    public static DateTime Time(long micros) => DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static DateTime? TimeOrNull(long? micros) => micros is { } some ? Time(some) : null;

    /// <summary>As in the tables; null = in no list.</summary>
    public static string? Category(DowntimeCategory category) => category switch
    {
        DowntimeCategory.Down => "down",
        DowntimeCategory.Planned => "planned",
        DowntimeCategory.Unknown => "unknown",
        _ => null,
    };

    public string EquipmentId(int index) =>
        index >= 0 && index < names.Equipment.Count ? names.Equipment.Text(index) : "";

    public string? Word(int word) => word >= 0 && word < names.Words.Count ? names.Words.Text(word) : null;

    public EquipmentDocument Equipment(LiveMachine machine) => new(
        EquipmentId(machine.EquipmentIndex),
        Category(machine.Category),
        TimeOrNull(machine.LastEventMicros),
        TimeOrNull(machine.LastReceivedMicros),
        [.. machine.States.Select(State)]);

    public TransitionDocument Transition(in LiveTransition row) => new(
        row.Cursor.ToString(),
        row.Cursor.Lsn,
        Word(row.Body.RuleWord) ?? "",
        row.Body.RuleVersion,
        EquipmentId(row.EquipmentIndex),
        Word(row.Body.FromWord),
        Word(row.Body.ToWord),
        Category(row.FromCategory),
        Category(row.ToCategory),
        Time(row.Body.AtMicros),
        Time(row.Body.SinceMicros),
        Word(row.Body.GroupWord),
        row.Body.Cause switch
        {
            TransitionCause.Reading => "reading",
            TransitionCause.Timer => "timer",
            _ => "rules",
        },
        Word(row.Body.ReasonWord),
        Evidence(row.Evidence));

    public DowntimeDocument Downtime(in LiveDowntime row)
    {
        var id = DowntimeId(row);
        return Downtime(row, id, acknowledgementOf(id));
    }

    public string DowntimeId(in LiveDowntime row)
    {
        var id = string.Create(
            CultureInfo.InvariantCulture,
            $"{Word(row.Body.RuleWord)}@{EquipmentId(row.EquipmentIndex)}@{row.Body.StartMicros}");
        return row.Body.Ordinal == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}@{row.Body.Ordinal}");
    }

    private DowntimeDocument Downtime(in LiveDowntime row, string id, Acknowledgement? said) => new(
        row.Cursor.ToString(),
        row.Cursor.Lsn,
        id,
        row.Body.Revision,
        row.IsOpen ? "open" : "closed",
        Category(row.Body.Category) ?? "",
        row.Body.Micro == MicroStop.Null ? null : row.Body.Micro == MicroStop.Yes,
        Word(row.Body.RuleWord) ?? "",
        EquipmentId(row.EquipmentIndex),
        Word(row.Body.StateWord) ?? "",
        Word(row.Body.ReasonWord),
        Time(row.Body.AtMicros),
        Time(row.Body.StartMicros),
        row.IsOpen ? null : Time(row.Body.EndMicros),
        row.IsOpen ? null : (row.Body.EndMicros - row.Body.StartMicros) / 1e6,
        said is null ? null : new AcknowledgementDocument(said.Reason, said.Note, said.By, said.At.UtcDateTime));

    private StateDocument State(LiveState state) => new(
        Word(state.RuleWord) ?? "",
        Word(state.StateWord) ?? "",
        Category(state.Category),
        Time(state.SinceMicros),
        Word(state.ReasonWord),
        state.Open is { } open ? Downtime(open) : null);

    private JsonElement? Evidence(byte[]? evidence)
    {
        if (evidence is null)
        {
            return null;
        }

        var json = new ArrayBufferWriter<byte>(512);
        writeEvidence(evidence, json);
        return JsonSerializer.Deserialize(json.WrittenSpan, ServeJson.Default.JsonElement);
    }
}
