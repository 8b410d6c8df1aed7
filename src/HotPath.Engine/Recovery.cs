using HotPath.Engine.Journal;
using HotPath.Engine.Ledger;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Snapshots;

namespace HotPath.Engine;

/// <summary>
/// Reads the journal back through the same shards and the same ledger that run afterwards, behind the newest good snapshot
/// or from the begin. Cold, on one thread, before the ring opens.
/// </summary>
internal sealed class Recovery(ShardSet set, RuleHistory history, LedgerWriter ledger, Checkpoints checkpoints)
{
    private readonly RuleCatalog _catalog = set.Rules;
    private readonly ShardProcessor[] _shards = set.Shards;
    private RulesInForce? _rules = history.Last;

    /// <summary>The snapshot that it went on from; -1 when there was none.</summary>
    public long SnapshotLsn { get; init; } = -1;

    /// <summary>Snapshots that could not be used, and why.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>The rule version in force at the end; <see cref="RuleCatalog.NoVersion"/> when none was ever applied.</summary>
    public long RuleVersion => _rules?.Version ?? RuleCatalog.NoVersion;

    /// <summary>The text of that version.</summary>
    public RuleDocument RuleDocument => _rules?.Document ?? RuleDocument.Empty;

    /// <summary>When that version took effect, microseconds since the epoch.</summary>
    public long RuleAppliedAtMicros => _rules?.AppliedAtMicros ?? 0;

    /// <summary>The time options in force at the end, or null when none were ever set.</summary>
    public TimeOptions? Time { get; private set; }

    /// <summary>Every document that snapshot and journal hold, in its order.</summary>
    public List<RuleChange> RuleChanges { get; } =
        [.. set.History.Select(rules => new RuleChange(rules.Version, rules.Lsn, rules.AppliedAtMicros))];

    /// <summary>Slots replayed.</summary>
    public long SlotCount { get; private set; }

    /// <summary>Ranges that could not be read.</summary>
    public List<(long FirstLsn, long LastLsn)> Damages { get; } = [];

    /// <summary>What the snapshot knows beside the shards' state.</summary>
    public void Restore(SnapshotManifest manifest)
    {
        Time = new TimeOptions
        {
            OutOfOrdernessMicros = manifest.Time.OutOfOrderness,
            IdleTimeoutMicros = manifest.Time.IdleTimeout,
            MaxFutureMicros = manifest.Time.MaxFuture,
        };
        foreach (var checkpoint in manifest.Checkpoints)
        {
            checkpoints.Restore(checkpoint.Name, new Checkpoint(checkpoint.Value, checkpoint.SlotsToSkip));
        }
    }

    /// <summary>Replays everything up to an LSN.</summary>
    /// <exception cref="JournalDamagedException">The journal is damaged and <paramref name="haltsOnDamage"/>.</exception>
    /// <exception cref="LedgerFaultException">What is derived is not what is stored, and nothing is damaged.</exception>
    public void Replay(JournalReader reader, long lastLsn, bool haltsOnDamage)
    {
        while (true)
        {
            switch (reader.TryRead(lastLsn))
            {
                case JournalRead.End:
                    ledger.EndComparing();
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

        foreach (var shard in _shards)
        {
            shard.Process(slots, reader.FirstLsn);
        }

        while (ledger.DoWork() > 0)
        {
        }

        ledger.LastError.ThrowIfFailed("The ledger cannot be written during recovery");

        SlotCount += slots.Length;
    }

    private void OnControl(in Slot slot, JournalReader reader, long lsn)
    {
        switch (slot.Kind)
        {
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
            || !_catalog.TryAdd(slot.ValueBits, document, slot.ReceivedAtMicros, out faults, isRecovered: true))
        {
            throw new RulesRefusedException(slot.ValueBits, lsn, faults[0]);
        }

        _rules = new RulesInForce(slot.ValueBits, lsn, slot.ReceivedAtMicros, document);
        history.Add(_rules);
        RuleChanges.Add(new RuleChange(slot.ValueBits, lsn, slot.ReceivedAtMicros));
    }

    private void OnDamage(JournalReader reader, bool haltsOnDamage)
    {
        if (haltsOnDamage)
        {
            throw new JournalDamagedException(reader.FirstLsn, reader.LastLsn);
        }

        Damages.Add((reader.FirstLsn, reader.LastLsn));
        ledger.TrustStored();
    }
}

/// <summary>The journal holds a rule document that this version does not take.</summary>
public sealed class RulesRefusedException : FormatException
{
    internal RulesRefusedException(long version, long lsn, RuleFault fault)
        : base(
            $"Rule version {version} at LSN {lsn} of the journal was taken by another version of HotPath, and this one refuses it: {fault} "
            + "Nothing is lost. Start the version that wrote the journal, stop it once the tables have everything, move the data directory "
            + "away and start this one with rules that `hotpath check` takes. What that journal says under such rules is told by "
            + "`hotpath replay --input DATA/journal --rules FILE`.")
    {
    }
}

/// <summary>A part of the journal cannot be read, and the policy is to halt.</summary>
public sealed class JournalDamagedException(long firstLsn, long lastLsn) : Exception(
    $"The journal is damaged from LSN {firstLsn} to {lastLsn}: these slots cannot be read. Restore the segment from a copy, " +
    "or set journal.onCorruption: continue to go on without them.");
