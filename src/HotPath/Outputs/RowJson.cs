using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;

namespace HotPath.Outputs;

/// <summary>
/// A transition or downtime as JSON, the same for streams, output streams and webhooks. Belongs to one thread; its
/// writer and buffers are reused.
/// </summary>
/// <remarks>
/// <code>
/// {"type":"transition","id":I,"lsn":N,"ruleId":R,"ruleVersion":N,"equipmentId":E,"fromState":S,"toState":S|null,"at":T,
///  "since":T,"groupName":G|null,"cause":"reading"|"timer"|"rules","reason":R|null,"evidence":{...}}
/// {"type":"downtime","id":I,"lsn":N,"downtimeId":D,"revision":N,"status":"open"|"closed","category":C,"micro":B|null,
///  "ruleId":R,"equipmentId":E,"state":S,"reason":R|null,"at":T,"startTime":T,"endTime":T|null,"durationSeconds":N|null}
/// </code>
/// The names are those of the tables' columns and of the API; <c>id</c> is the row's identity for ever: whoever sees it
/// twice has seen the same row twice. Times are ISO 8601 with microseconds, UTC.
/// </remarks>
internal sealed class RowJson : IDisposable
{
    private readonly LedgerSource _source;
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private readonly ArrayBufferWriter<byte> _evidence = new(512);
    private readonly Utf8JsonWriter _json;

    public RowJson(LedgerSource source)
    {
        _source = source;
        _json = new Utf8JsonWriter(
            _bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    private NameTables Names => _source.Names;

    /// <summary>The identity of the row at a position.</summary>
    public static string IdOf(Guid instance, RowPosition at) =>
        string.Create(CultureInfo.InvariantCulture, $"{instance:N}-{at.Lsn}-{at.Place}");

    /// <summary>The id of a downtime over all its rows (RULES.md): rule@equipment@start, and @ordinal if that is not 0.</summary>
    public static string DowntimeIdOf(NameTables names, int equipment, in DowntimeBody body)
    {
        var id = string.Create(
            CultureInfo.InvariantCulture,
            $"{names.Words.Text(body.RuleWord)}@{names.Equipment.Text(equipment)}@{body.StartMicros}");
        return body.Ordinal == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}@{body.Ordinal}");
    }

    public static string Time(long micros) =>
        DateTime.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The row's JSON, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> record, RowPosition at)
    {
        var head = MemoryMarshal.Read<LedgerRecordHead>(record);
        var body = record[LedgerRecordHead.SizeBytes..];
        _bytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type", head.Kind == LedgerRecordKind.Transition ? "transition" : "downtime");
        _json.WriteString("id", IdOf(_source.Instance, at));
        _json.WriteNumber("lsn", head.Lsn);
        if (head.Kind == LedgerRecordKind.Transition)
        {
            var transition = MemoryMarshal.Read<TransitionBody>(body);
            Write(head.EquipmentIndex, transition, body.Slice(TransitionBody.SizeBytes, transition.EvidenceBytes));
        }
        else
        {
            Write(head.EquipmentIndex, MemoryMarshal.Read<DowntimeBody>(body));
        }

        _json.WriteEndObject();
        _json.Flush();
        return _bytes.WrittenMemory;
    }

    public void Dispose() => _json.Dispose();

    private void Write(int equipment, in TransitionBody body, ReadOnlySpan<byte> evidence)
    {
        Word("ruleId", body.RuleWord);
        _json.WriteNumber("ruleVersion", body.RuleVersion);
        _json.WriteString("equipmentId", Names.Equipment.Utf8(equipment));
        Word("fromState", body.FromWord);
        Word("toState", body.ToWord);
        _json.WriteString("at", Time(body.AtMicros));
        _json.WriteString("since", Time(body.SinceMicros));
        Word("groupName", body.GroupWord);
        _json.WriteString("cause", body.Cause switch
        {
            TransitionCause.Reading => "reading",
            TransitionCause.Timer => "timer",
            _ => "rules",
        });
        Word("reason", body.ReasonWord);
        _evidence.ResetWrittenCount();
        _source.WriteEvidence(evidence, _evidence);
        _json.WritePropertyName("evidence");
        _json.WriteRawValue(_evidence.WrittenSpan, skipInputValidation: true);
    }

    private void Write(int equipment, in DowntimeBody body)
    {
        var isClosed = body.EndMicros != DowntimeBody.NoEnd;
        _json.WriteString("downtimeId", DowntimeIdOf(Names, equipment, body));
        _json.WriteNumber("revision", body.Revision);
        _json.WriteString("status", isClosed ? "closed" : "open");
        _json.WriteString("category", body.Category switch
        {
            DowntimeCategory.Down => "down",
            DowntimeCategory.Planned => "planned",
            _ => "unknown",
        });
        if (body.Micro == MicroStop.Null)
        {
            _json.WriteNull("micro");
        }
        else
        {
            _json.WriteBoolean("micro", body.Micro == MicroStop.Yes);
        }

        Word("ruleId", body.RuleWord);
        _json.WriteString("equipmentId", Names.Equipment.Utf8(equipment));
        Word("state", body.StateWord);
        Word("reason", body.ReasonWord);
        _json.WriteString("at", Time(body.AtMicros));
        _json.WriteString("startTime", Time(body.StartMicros));
        if (isClosed)
        {
            _json.WriteString("endTime", Time(body.EndMicros));
            _json.WriteNumber("durationSeconds", (body.EndMicros - body.StartMicros) / 1e6);
        }
        else
        {
            _json.WriteNull("endTime");
            _json.WriteNull("durationSeconds");
        }
    }

    private void Word(string name, int word)
    {
        if (word < 0)
        {
            _json.WriteNull(name);
        }
        else
        {
            _json.WriteString(name, Names.Words.Utf8(word));
        }
    }
}
