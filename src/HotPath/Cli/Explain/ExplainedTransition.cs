using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;
using HotPath.Serve.Http;

namespace HotPath.Cli.Explain;

/// <summary>A transition with what was known when it was made: as the table <c>transitions</c> holds it.</summary>
/// <param name="Lsn">Of the slot that caused it; -1 in a recording.</param>
/// <param name="To">Null = the rule is gone for the machine.</param>
/// <param name="Evidence">The JSON object that the engine's evidence renders to.</param>
internal sealed record ExplainedTransition(
    long Lsn,
    string Rule,
    long RuleVersion,
    string Equipment,
    string From,
    string? To,
    long AtMicros,
    long SinceMicros,
    string? Group,
    string Cause,
    string? Reason,
    JsonElement Evidence)
{
    /// <summary>The columns of the table that <see cref="OfTable"/> reads.</summary>
    public static readonly string[] Columns =
    [
        "lsn", "rule_id", "rule_version", "equipment_id", "from_state", "to_state", "at", "since", "group_name", "cause", "reason", "evidence",
    ];

    public static ExplainedTransition OfTable(JsonElement row)
    {
        using var evidence = JsonDocument.Parse(row.GetProperty("evidence").GetString()!);
        return new ExplainedTransition(
            row.GetProperty("lsn").GetInt64(),
            row.GetProperty("rule_id").GetString()!,
            row.GetProperty("rule_version").GetInt64(),
            row.GetProperty("equipment_id").GetString()!,
            row.GetProperty("from_state").GetString()!,
            row.GetProperty("to_state").GetString(),
            MicrosOf(row.GetProperty("at")),
            MicrosOf(row.GetProperty("since")),
            row.GetProperty("group_name").GetString(),
            row.GetProperty("cause").GetString()!,
            row.GetProperty("reason").GetString(),
            evidence.RootElement.Clone());
    }

    /// <summary>Of a ledger record; false when it is no transition.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> record, NameTables names, RuleCatalog catalog, out ExplainedTransition transition)
    {
        transition = null!;
        var head = MemoryMarshal.Read<LedgerRecordHead>(record);
        if (head.Kind != LedgerRecordKind.Transition)
        {
            return false;
        }

        var rest = record[LedgerRecordHead.SizeBytes..];
        var body = MemoryMarshal.Read<TransitionBody>(rest);
        var json = new ArrayBufferWriter<byte>();
        Engine.Shard.Evidence.WriteJson(rest.Slice(TransitionBody.SizeBytes, body.EvidenceBytes), names, catalog, json);
        using var evidence = JsonDocument.Parse(json.WrittenMemory);
        string? Word(int word) => word < 0 ? null : names.Words.Text(word);
        transition = new ExplainedTransition(
            head.Lsn,
            Word(body.RuleWord)!,
            body.RuleVersion,
            names.Equipment.Text(head.EquipmentIndex),
            Word(body.FromWord)!,
            Word(body.ToWord),
            body.AtMicros,
            body.SinceMicros,
            Word(body.GroupWord),
            body.Cause.ToString().ToLowerInvariant(),
            Word(body.ReasonWord),
            evidence.RootElement.Clone());
        return true;
    }

    private static long MicrosOf(JsonElement time) => QueryReader.Micros(DateTimeOffset.Parse(
        time.GetString()!, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal));
}
