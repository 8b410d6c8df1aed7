using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;

namespace HotPath.Engine.Replay;

/// <summary>
/// Ledger records as lines of JSON, ordered by equipment, rule and emission. Cold; one thread. It keeps all rows.
/// </summary>
/// <remarks>
/// <code>
/// {"type":"transition","rule":R,"equipment":E,"from":S,"to":S|null,"at":T,"since":T,"group":G|null,"cause":C}
/// {"type":"downtime","rule":R,"equipment":E,"at":T,"start":T,"ordinal":N,"end":T|null,"status":"open"|"closed",
///  "category":C,"micro":B|null,"state":S,"reason":S|null,"revision":N}
/// </code>
/// Times are microseconds. Strings are ASCII: everything else is escaped.
/// </remarks>
internal sealed class ReplayRows(NameTables names)
{
    private readonly List<Row> _rows = [];

    public int Count => _rows.Count;

    public void Add(ReadOnlySpan<byte> record)
    {
        var head = MemoryMarshal.Read<LedgerRecordHead>(record);
        var body = record[LedgerRecordHead.SizeBytes..];
        var equipment = names.Equipment.Text(head.EquipmentIndex);
        if (head.Kind == LedgerRecordKind.Transition)
        {
            Add(equipment, MemoryMarshal.Read<TransitionBody>(body));
        }
        else if (head.Kind == LedgerRecordKind.Downtime)
        {
            Add(equipment, MemoryMarshal.Read<DowntimeBody>(body));
        }
    }

    /// <summary>The rows in their order.</summary>
    public IEnumerable<string> InOrder()
    {
        // By the bytes of the names, which is the order of their code points.
        var byBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));
        return _rows
            .OrderBy(row => Encoding.UTF8.GetBytes(row.Equipment), byBytes)
            .ThenBy(row => Encoding.UTF8.GetBytes(row.Rule), byBytes)
            .Select(row => row.Json);
    }

    private void Add(string equipment, in TransitionBody body)
    {
        var rule = names.Words.Text(body.RuleWord);
        _rows.Add(new Row(equipment, rule, string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"type":"transition","rule":{{Text(rule)}},"equipment":{{Text(equipment)}},"from":{{Word(body.FromWord)}},"to":{{Word(body.ToWord)}},"at":{{body.AtMicros}},"since":{{body.SinceMicros}},"group":{{Word(body.GroupWord)}},"cause":"{{Lower(body.Cause)}}"}""")));
    }

    private void Add(string equipment, in DowntimeBody body)
    {
        var rule = names.Words.Text(body.RuleWord);
        var isOpen = body.EndMicros == DowntimeBody.NoEnd;
        var end = isOpen ? "null" : body.EndMicros.ToString(CultureInfo.InvariantCulture);
        var micro = body.Micro switch
        {
            MicroStop.Null => "null",
            MicroStop.Yes => "true",
            _ => "false",
        };
        _rows.Add(new Row(equipment, rule, string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"type":"downtime","rule":{{Text(rule)}},"equipment":{{Text(equipment)}},"at":{{body.AtMicros}},"start":{{body.StartMicros}},"ordinal":{{body.Ordinal}},"end":{{end}},"status":"{{(isOpen ? "open" : "closed")}}","category":"{{Lower(body.Category)}}","micro":{{micro}},"state":{{Word(body.StateWord)}},"reason":{{Word(body.ReasonWord)}},"revision":{{body.Revision}}}""")));
    }

    private string Word(int word) => word < 0 ? "null" : Text(names.Words.Text(word));

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Text(string value)
    {
        var json = new StringBuilder("\"", value.Length + 2);
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                >= ' ' and <= '\u007F' => json.Append(character),
                _ => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
            };
        }

        return json.Append('"').ToString();
    }

    private sealed record Row(string Equipment, string Rule, string Json);
}
