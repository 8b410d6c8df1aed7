using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Engine;

/// <summary>
/// Reads the journal back through the same shards and the same ledger that run afterwards. Cold, on one thread, before
/// the ring opens.
/// </summary>
internal sealed class Recovery(RuleCatalog catalog, ShardProcessor[] shards, LedgerWriter ledger, Checkpoints checkpoints)
{
    /// <summary>The rule version in force at the end; <see cref="RuleCatalog.NoVersion"/> when none was ever applied.</summary>
    public long RuleVersion { get; private set; } = RuleCatalog.NoVersion;

    /// <summary>The text of that version.</summary>
    public RuleDocument RuleDocument { get; private set; } = RuleDocument.Empty;

    /// <summary>The time options in force at the end, or null when none were ever set.</summary>
    public TimeOptions? Time { get; private set; }

    /// <summary>When that version took effect, microseconds since the epoch.</summary>
    public long RuleAppliedAtMicros { get; private set; }

    /// <summary>Every document that the journal holds, in its order.</summary>
    public List<RuleChange> RuleChanges { get; } = [];

    /// <summary>Slots replayed.</summary>
    public long SlotCount { get; private set; }

    /// <summary>The last LSN of a slot that carries something a sender sent; -1 when there is none.</summary>
    public long LastDataLsn { get; private set; } = -1;

    /// <summary>Ranges that could not be read.</summary>
    public List<(long FirstLsn, long LastLsn)> Damages { get; } = [];

    /// <summary>Replays everything up to an LSN.</summary>
    /// <exception cref="DiskFaultException">The journal is damaged and <paramref name="haltsOnDamage"/>.</exception>
    public void Replay(JournalReader reader, long lastLsn, bool haltsOnDamage)
    {
        while (true)
        {
            switch (reader.TryRead(lastLsn))
            {
                case JournalRead.End:
                    checkpoints.EndReplay(lastLsn);
                    return;
                case JournalRead.Damaged:
                    OnDamage(reader, haltsOnDamage);
                    break;
                case JournalRead.Slots:
                    OnSlots(reader);
                    break;
                default:
                    // A gap: these LSNs were never given.
                    break;
            }
        }
    }

    private void OnSlots(JournalReader reader)
    {
        var slots = reader.Slots;
        for (var index = 0; index < slots.Length; index++)
        {
            OnControl(slots[index], reader, reader.FirstLsn + index);
        }

        foreach (var shard in shards)
        {
            shard.Process(slots, reader.FirstLsn);
        }

        while (ledger.DoWork() > 0)
        {
        }

        if (ledger.Fault is { } fault)
        {
            throw new LedgerFaultException($"The ledger cannot be written during recovery: {fault.Message}", fault);
        }

        SlotCount += slots.Length;
    }

    private void OnControl(in Slot slot, JournalReader reader, long lsn)
    {
        switch (slot.Kind)
        {
            case SlotKind.Reading or SlotKind.Rejected:
                LastDataLsn = lsn;
                break;
            case SlotKind.Rules:
                OnRules(slot, reader.AttachmentOf(lsn), lsn);
                break;
            case SlotKind.TimeOptions:
                Time = new TimeOptions
                {
                    OutOfOrdernessMicros = slot.EventTimeMicros,
                    IdleTimeoutMicros = slot.ValueBits == Slot.NoNumber ? null : slot.ValueBits,
                    MaxFutureMicros = slot.SequenceNumber == Slot.NoNumber ? null : slot.SequenceNumber,
                };
                break;
            case SlotKind.Checkpoint:
                checkpoints.OnReplayed(reader.AttachmentOf(lsn), lsn);
                break;
            default:
                break;
        }
    }

    private void OnRules(in Slot slot, ReadOnlySpan<byte> text, long lsn)
    {
        if (!RuleDocument.TryParse(text, out var document, out var faults)
            || !catalog.TryAdd(slot.ValueBits, document, slot.ReceivedAtMicros, out faults, isRecovered: true))
        {
            throw new InvariantBrokenException(
                $"rule version {slot.ValueBits} at LSN {lsn} was accepted once and is refused now: {faults[0]}");
        }

        RuleVersion = slot.ValueBits;
        RuleDocument = document;
        RuleAppliedAtMicros = slot.ReceivedAtMicros;
        RuleChanges.Add(new RuleChange(slot.ValueBits, lsn, slot.ReceivedAtMicros));
    }

    private void OnDamage(JournalReader reader, bool haltsOnDamage)
    {
        if (haltsOnDamage)
        {
            throw new JournalDamagedException(reader.FirstLsn, reader.LastLsn);
        }

        Damages.Add((reader.FirstLsn, reader.LastLsn));
    }
}

/// <summary>A part of the journal cannot be read, and the policy is to halt.</summary>
public sealed class JournalDamagedException(long firstLsn, long lastLsn) : Exception(
    $"The journal is damaged from LSN {firstLsn} to {lastLsn}: these slots cannot be read. Restore the segment from a copy, " +
    "or set journal.onCorruption: continue to go on without them.");
