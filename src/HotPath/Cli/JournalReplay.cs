using System.Globalization;
using System.Text;
using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Cli;

/// <summary>
/// Derives again what a journal's slots caused, with the rules and time options that stand in it, or with another
/// document in place of each of its own. Looks at the directory and does not touch it. Cold, on one thread.
/// </summary>
internal static class JournalReplay
{
    /// <returns>False when a part of the journal cannot be read; the rest was replayed.</returns>
    /// <exception cref="DiskFaultException">The directory holds no journal that can be read.</exception>
    public static bool Run(string directory, RuleDocument? instead, Stream output, TextWriter errors)
    {
        using var journal = JournalView.Open(new LibcDisk(directory));
        using var reader = journal.NewReader(journal.Recovery.FirstLsn);
        using var emitted = new ShardOutput();
        var catalog = new RuleCatalog(journal.Names);
        using var shard = new ShardProcessor(0, 1, journal.Names, catalog, emitted);
        var rows = new ReplayRows(journal.Names);
        var isWhole = true;
        for (var read = reader.TryRead(journal.Recovery.LastLsn);
            read != JournalRead.End;
            read = reader.TryRead(journal.Recovery.LastLsn))
        {
            if (read == JournalRead.Damaged)
            {
                errors.WriteLine($"{directory}: LSN {reader.FirstLsn} to {reader.LastLsn} cannot be read");
                isWhole = false;
            }
            else if (read == JournalRead.Slots)
            {
                AddRules(reader, instead, catalog);
                shard.Process(reader.Slots, reader.FirstLsn);
                Take(emitted, rows);
            }
        }

        Write(rows, shard.Counters, output);
        return isWhole;
    }

    private static void AddRules(JournalReader reader, RuleDocument? instead, RuleCatalog catalog)
    {
        var slots = reader.Slots;
        for (var index = 0; index < slots.Length; index++)
        {
            if (slots[index].Kind != SlotKind.Rules)
            {
                continue;
            }

            IReadOnlyList<RuleFault> faults = [];
            var document = instead;
            if ((document is null && !RuleDocument.TryParse(reader.AttachmentOf(reader.FirstLsn + index), out document, out faults))
                || !catalog.TryAdd(slots[index].ValueBits, document, slots[index].ReceivedAtMicros, out faults, isRecovered: true))
            {
                throw new InvalidDataException($"Rule version {slots[index].ValueBits} cannot be put into force: {faults[0]}");
            }
        }
    }

    private static void Take(ShardOutput emitted, ReplayRows rows)
    {
        while (emitted.TryPeek(out var record))
        {
            rows.Add(record);
            emitted.Advance(record.Length);
        }
    }

    private static void Write(ReplayRows rows, ShardCounters counters, Stream output)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        foreach (var row in rows.InOrder())
        {
            writer.WriteLine(row);
        }

        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"type":"summary","readings":{{counters.Readings}},"late":{{counters.Late}},"duplicate":{{counters.Duplicate}},"future":{{counters.Future}}}"""));
    }
}
