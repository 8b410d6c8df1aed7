using System.Runtime.InteropServices;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.TestKit.Reference;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// A journal read once more from its begin through one shard of its own: what every other state must be equal to. Cold.
/// </summary>
internal sealed class JournalReplay
{
    private readonly Dictionary<long, string> _texts = [];
    private readonly Dictionary<long, Verdict> _verdicts = [];
    private readonly List<(long Lsn, string Row)> _records = [];
    private readonly List<JsonElement> _lines = [];
    private string? _rulesFirst;

    public JournalReplay(IDisk disk)
    {
        using var journal = JournalView.Open(disk);
        using var reader = journal.NewReader(journal.Recovery.FirstLsn);
        using var output = new ShardOutput();
        var catalog = new RuleCatalog(journal.Names);
        using var shard = new ShardProcessor(0, 1, journal.Names, catalog, output);
        var rows = new ReplayRows(journal.Names);
        Recovery = journal.Recovery;
        for (var read = reader.TryRead(Recovery.LastLsn); read != JournalRead.End; read = reader.TryRead(Recovery.LastLsn))
        {
            if (read == JournalRead.Damaged)
            {
                Damages.Add((reader.FirstLsn, reader.LastLsn));
            }
            else if (read == JournalRead.Slots)
            {
                TakeSlots(reader, journal, catalog);
                shard.Process(reader.Slots, reader.FirstLsn);
                TakeRecords(output, rows);
            }
        }

        Counters = shard.Counters;
        RecordCountOfJournal = _records.Count;
        shard.Drain();
        TakeRecords(output, rows);
        RowsAtEnd =
        [
            .. rows.InOrder(),
            RowText.Of(new { type = "summary", readings = Counters.Readings, late = Counters.Late, duplicate = Counters.Duplicate, future = Counters.Future }),
        ];
    }

    public JournalRecovery Recovery { get; }

    public List<(long FirstLsn, long LastLsn)> Damages { get; } = [];

    public ShardCounters Counters { get; }

    /// <summary>The text of every slot.</summary>
    public IReadOnlyDictionary<long, string> Texts => _texts;

    /// <summary>Ledger records in their order, verdicts too, as hexadecimal.</summary>
    public IEnumerable<(long Lsn, string Row)> Records => _records.Take(RecordCountOfJournal);

    /// <summary>Transitions and downtimes as a sink takes them.</summary>
    public IEnumerable<(long Lsn, string Row)> Events => Records.Where(record => !IsVerdict(record.Row));

    /// <summary>Rows of the table of readings.</summary>
    public IEnumerable<(long Lsn, string Row)> StoredReadings => _texts
        .Where(text => text.Value.Contains(' ', StringComparison.Ordinal))
        .Where(text => _verdicts.GetValueOrDefault(text.Key) is not (Verdict.Duplicate or Verdict.Future))
        .Select(text => (text.Key, _verdicts.GetValueOrDefault(text.Key) == Verdict.Late ? text.Value + " late" : text.Value))
        .OrderBy(row => row.Key);

    /// <summary>The rows after the end of input, in the form of the reference model.</summary>
    public IReadOnlyList<string> RowsAtEnd { get; }

    private int RecordCountOfJournal { get; }

    /// <summary>The journal as a recording, for the reference model; null when it begins without rules.</summary>
    public RecordedCase? ToRecordedCase(TimeOptions time) =>
        _rulesFirst is null ? null : new RecordedCase("journal", time, 1, _rulesFirst, _lines, []);

    private static bool IsVerdict(string row) =>
        Convert.FromHexString(row.AsSpan(2 * 20, 2))[0] == (byte)LedgerRecordKind.Verdict;

    private void TakeSlots(JournalReader reader, JournalView journal, RuleCatalog catalog)
    {
        for (var index = 0; index < reader.Slots.Length; index++)
        {
            ref readonly var slot = ref reader.Slots[index];
            var lsn = reader.FirstLsn + index;
            _texts[lsn] = ReadingText.Of(slot, journal.Names);
            if (slot.Kind == SlotKind.Rules)
            {
                var text = reader.AttachmentOf(lsn).ToArray();
                if (!RuleDocument.TryParse(text, out var document, out _)
                    || !catalog.TryAdd(slot.ValueBits, document, slot.ReceivedAtMicros, out _))
                {
                    throw new InvalidDataException($"the rules at LSN {lsn} are refused");
                }

                AddRulesLine(text, slot.ReceivedAtMicros);
            }
            else if (slot.Kind is not (SlotKind.TimeOptions or SlotKind.SnapshotMarker or SlotKind.Checkpoint))
            {
                _lines.Add(Line(slot, journal));
            }
        }
    }

    private void AddRulesLine(byte[] text, long receivedAtMicros)
    {
        var rules = JsonDocument.Parse(text).RootElement.Clone();
        _rulesFirst ??= """{"version":1,"rules":[]}""";
        _lines.Add(JsonSerializer.SerializeToElement(new { control = "rules", rules, receivedAt = receivedAtMicros / 1_000 }));
    }

    private static JsonElement Line(in Slot slot, JournalView journal)
    {
        var receivedAt = slot.ReceivedAtMicros / 1_000;
        if (slot.Kind != SlotKind.Reading)
        {
            return JsonSerializer.SerializeToElement(new { control = slot.Kind == SlotKind.Start ? "start" : "tick", receivedAt });
        }

        var names = journal.Names;
        var meta = new Dictionary<string, object> { ["sourceId"] = names.Sources.Text(slot.SourceIndex) };
        if (slot.SequenceNumber != Slot.NoNumber)
        {
            meta["sequenceNumber"] = slot.SequenceNumber;
        }

        return JsonSerializer.SerializeToElement(new Dictionary<string, object?>
        {
            ["timestamp"] = slot.EventTimeMicros,
            ["equipmentId"] = names.Equipment.Text(slot.EquipmentIndex),
            ["tag"] = names.Tags.Text(slot.TagIndex),
            ["value"] = slot.ValueKind switch
            {
                ValueKind.Number => BitConverter.Int64BitsToDouble(slot.ValueBits),
                ValueKind.Symbol => names.Symbols.Text((int)slot.ValueBits),
                ValueKind.Bool => slot.ValueBits != 0,
                _ => null,
            },
            ["quality"] = slot.Quality.ToString(),
            ["meta"] = meta,
            ["receivedAt"] = receivedAt,
        });
    }

    private void TakeRecords(ShardOutput output, ReplayRows rows)
    {
        while (output.TryPeek(out var record))
        {
            // Safe because a record begins with its head. Worth it: the format is the one under test.
            var head = MemoryMarshal.Read<LedgerRecordHead>(record);
            if (head.Kind == LedgerRecordKind.Verdict)
            {
                _verdicts[head.Lsn] = MemoryMarshal.Read<VerdictBody>(record[LedgerRecordHead.SizeBytes..]).Verdict;
            }

            _records.Add((head.Lsn, Convert.ToHexString(record)));
            rows.Add(record);
            output.Advance(record.Length);
        }
    }
}
