using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Writes what one machine emits while one slot is worked on: numbered from 0 for each machine and slot, with its
/// evidence. The shard thread only; the output is never full within a slot.
/// </summary>
internal sealed unsafe class RecordWriter(ShardOutput output, ShardCounters counters, Watermarks watermarks)
{
    private long _lsn;
    private int _ordinal;
    private Machine* _machine;
    private long _watermark;

    /// <summary>What follows is about this machine, caused by this slot.</summary>
    public void Begin(long lsn, Machine* machine)
    {
        _lsn = lsn;
        _machine = machine;
        _ordinal = 0;
    }

    /// <summary>The machine goes up to this watermark now.</summary>
    public void Release(long watermark) => _watermark = watermark;

    public void Verdict(Verdict verdict) => Verdict(_lsn, _machine->Equipment, _ordinal++, verdict);

    public void Verdict(long lsn, int equipment, int ordinal, Verdict verdict)
    {
        var record = output.Append(lsn, equipment, ordinal, LedgerRecordKind.Verdict, VerdictBody.SizeBytes);
        Body<VerdictBody>(record).Verdict = verdict;
    }

    /// <summary>A change of state. The group and case that won are indexes in the class; -1 for none.</summary>
    public void Transition(MachineClass machineClass, int rule, in Transition transition)
    {
        counters.Transitions++;
        var evidence = new EvidenceWriter(machineClass, _machine, rule, transition);
        var evidenceBytes = evidence.SizeBytes;
        var record = output.Append(
            _lsn,
            _machine->Equipment,
            _ordinal++,
            LedgerRecordKind.Transition,
            TransitionBody.SizeBytes + evidenceBytes);
        ref var body = ref Body<TransitionBody>(record);
        body.AtMicros = transition.AtMicros;
        body.SinceMicros = transition.SinceMicros;
        body.RuleVersion = transition.RuleVersion;
        body.RuleWord = transition.RuleWord;
        body.FromWord = transition.FromWord;
        body.ToWord = transition.ToWord;
        body.GroupWord = transition.Group < 0 ? -1 : machineClass.Groups[transition.Group].Word;
        body.ReasonWord = transition.ReasonWord;
        body.Cause = transition.Cause;
        body.EvidenceBytes = evidenceBytes;
        evidence.Write(record[TransitionBody.SizeBytes..], _watermark, watermarks.HolderOf(_machine));
    }

    public void Downtime(in DowntimeBody row)
    {
        counters.Downtimes++;
        var record = output.Append(
            _lsn, _machine->Equipment, _ordinal++, LedgerRecordKind.Downtime, DowntimeBody.SizeBytes);
        Body<DowntimeBody>(record) = row;
    }

    // Safe because the span was asked for with at least the size of the body, and bodies have no references. Worth
    // it: no copy per record.
    private static ref T Body<T>(Span<byte> record)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(record));
}

/// <summary>A change of state on its way into the output.</summary>
internal readonly record struct Transition(
    long AtMicros,
    long SinceMicros,
    long RuleVersion,
    int RuleWord,
    int FromWord,
    int ToWord,
    int ReasonWord,
    int Group,
    int WinnerCase,
    TransitionCause Cause);
