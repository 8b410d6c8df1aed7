using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Faults.Check;

/// <summary>
/// What the tables must hold by the journal itself: its slots once more through one shard, without ledger, sink or
/// snapshots. Cold; looks at the directory and does not touch it.
/// </summary>
internal sealed class JournalTruth
{
    private readonly Dictionary<long, Verdict> _verdicts = [];
    private readonly List<(long Lsn, string Text)> _readings = [];

    private JournalTruth(string directory)
    {
        using var journal = JournalView.Open(LibcDisk.ReadOnly(directory));
        using var reader = journal.NewReader(journal.Recovery.FirstLsn);
        using var emitted = new ShardOutput();
        var catalog = new RuleCatalog(journal.Names);
        using var shard = new ShardProcessor(0, 1, journal.Names, catalog, emitted);
        var rows = new ReplayRows(journal.Names);
        FirstLsn = journal.Recovery.FirstLsn;
        LastLsn = journal.Recovery.LastLsn;
        for (var read = reader.TryRead(LastLsn); read != JournalRead.End; read = reader.TryRead(LastLsn))
        {
            if (read == JournalRead.Damaged)
            {
                Damages.Add((reader.FirstLsn, reader.LastLsn));
            }
            else if (read == JournalRead.Slots)
            {
                TakeSlots(reader, journal.Names, catalog);
                shard.Process(reader.Slots, reader.FirstLsn);
                TakeRecords(emitted, rows);
            }
        }

        Rows = [.. rows.InOrder().Select(row => JsonSerializer.Deserialize<JsonElement>(row))];
    }

    /// <summary>Above 0 when the journal's begin was deleted: then it does not tell everything.</summary>
    public long FirstLsn { get; }

    public long LastLsn { get; }

    public List<(long FirstLsn, long LastLsn)> Damages { get; } = [];

    /// <summary>Transitions and downtimes as a replay prints them.</summary>
    public IReadOnlyList<JsonElement> Rows { get; }

    public int RejectedCount { get; private set; }

    public int RuleCount { get; private set; }

    /// <summary>Rows of the table readings as texts: neither duplicate nor future.</summary>
    public IEnumerable<string> Readings => _readings
        .Where(reading => _verdicts.GetValueOrDefault(reading.Lsn) is not (Verdict.Duplicate or Verdict.Future))
        .Select(reading => $"{reading.Text}|{(_verdicts.GetValueOrDefault(reading.Lsn) == Verdict.Late ? "True" : "False")}");

    public int FutureCount => _verdicts.Values.Count(verdict => verdict == Verdict.Future);

    public static JournalTruth Of(string directory) => new(directory);

    /// <summary>A reading as text: lsn, equipment, tag, source, sequence, event time, value; lateness follows.</summary>
    public static string TextOf(long lsn, string equipment, string tag, string source, long sequence, long eventTimeMicros, string value) =>
        string.Create(CultureInfo.InvariantCulture, $"{lsn}|{equipment}|{tag}|{source}|{sequence}|{eventTimeMicros}|{value}");

    private void TakeSlots(JournalReader reader, NameTables names, RuleCatalog catalog)
    {
        var slots = reader.Slots;
        for (var index = 0; index < slots.Length; index++)
        {
            ref readonly var slot = ref slots[index];
            var lsn = reader.FirstLsn + index;
            switch (slot.Kind)
            {
                case SlotKind.Reading:
                    _readings.Add((lsn, TextOf(lsn, slot, names)));
                    break;
                case SlotKind.Rejected:
                    RejectedCount++;
                    break;
                case SlotKind.Rules:
                    RuleCount++;
                    AddRules(slot, reader.AttachmentOf(lsn), catalog);
                    break;
                default:
                    break;
            }
        }
    }

    private static string TextOf(long lsn, in Slot slot, NameTables names) => TextOf(
        lsn,
        names.Equipment.Text(slot.EquipmentIndex),
        names.Tags.Text(slot.TagIndex),
        names.Sources.Text(slot.SourceIndex),
        slot.SequenceNumber,
        slot.EventTimeMicros,
        slot.ValueKind switch
        {
            ValueKind.Number => BitConverter.Int64BitsToDouble(slot.ValueBits).ToString("R", CultureInfo.InvariantCulture),
            ValueKind.Symbol => names.Symbols.Text((int)slot.ValueBits),
            ValueKind.Bool => slot.ValueBits != 0 ? "True" : "False",
            _ => "null",
        });

    private static void AddRules(in Slot slot, ReadOnlySpan<byte> text, RuleCatalog catalog)
    {
        if (!RuleDocument.TryParse(text, out var document, out var faults)
            || !catalog.TryAdd(slot.ValueBits, document, slot.ReceivedAtMicros, out faults))
        {
            throw new InvalidDataException($"Rule version {slot.ValueBits} in the journal: {faults[0]} {Encoding.UTF8.GetString(text)}");
        }
    }

    private void TakeRecords(ShardOutput emitted, ReplayRows rows)
    {
        while (emitted.TryPeek(out var record))
        {
            // Safe because a record begins with its head. Worth it: a check reads each record once.
            var head = MemoryMarshal.Read<LedgerRecordHead>(record);
            if (head.Kind == LedgerRecordKind.Verdict)
            {
                _verdicts[head.Lsn] = MemoryMarshal.Read<VerdictBody>(record[LedgerRecordHead.SizeBytes..]).Verdict;
            }

            rows.Add(record);
            emitted.Advance(record.Length);
        }
    }
}
