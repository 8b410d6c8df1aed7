using System.Runtime.InteropServices;

namespace HotPath.Engine.Ledger;

/// <summary>What follows the head of a ledger record. The values stand on disk: never renumber.</summary>
internal enum LedgerRecordKind : byte
{
    Transition = 1,
    Downtime = 2,
    Verdict = 3,
}

/// <summary>
/// Begins every record of shard output and ledger: body behind it, then zeros up to a multiple of 8 bytes.
/// Records are ordered by (Lsn, EquipmentIndex, Ordinal).
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct LedgerRecordHead
{
    public const int SizeBytes = 24;

    /// <summary>The whole record, head and padding included; a multiple of 8.</summary>
    [FieldOffset(0)] public int LengthBytes;
    [FieldOffset(4)] public int EquipmentIndex;

    /// <summary>The slot that caused it.</summary>
    [FieldOffset(8)] public long Lsn;

    /// <summary>Counts a machine's records of one LSN from 0.</summary>
    [FieldOffset(16)] public int Ordinal;
    [FieldOffset(20)] public LedgerRecordKind Kind;

    /// <summary>The order of the ledger.</summary>
    public static bool IsBefore(in LedgerRecordHead left, in LedgerRecordHead right) =>
        left.Lsn != right.Lsn ? left.Lsn < right.Lsn
        : left.EquipmentIndex != right.EquipmentIndex ? left.EquipmentIndex < right.EquipmentIndex
        : left.Ordinal < right.Ordinal;
}

/// <summary>A state change (RULES.md, Transition). Words are indexes of <c>NameTables.Words</c>, -1 for null. The evidence follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct TransitionBody
{
    public const int SizeBytes = 56;

    [FieldOffset(0)] public long AtMicros;
    [FieldOffset(8)] public long SinceMicros;
    [FieldOffset(16)] public long RuleVersion;
    [FieldOffset(24)] public int RuleWord;
    [FieldOffset(28)] public int FromWord;

    /// <summary>-1: the rule is gone for this machine.</summary>
    [FieldOffset(32)] public int ToWord;

    /// <summary>-1: no group reported.</summary>
    [FieldOffset(36)] public int GroupWord;

    /// <summary>-1: the winning case gives none.</summary>
    [FieldOffset(40)] public int ReasonWord;
    [FieldOffset(44)] public int EvidenceBytes;
    [FieldOffset(48)] public TransitionCause Cause;
}

internal enum TransitionCause : byte
{
    Reading = 1,
    Timer = 2,
    Rules = 3,
}

/// <summary>A downtime row (RULES.md, Downtime).</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct DowntimeBody
{
    public const int SizeBytes = 56;

    /// <summary>Not closed yet.</summary>
    public const long NoEnd = long.MinValue;

    [FieldOffset(0)] public long AtMicros;
    [FieldOffset(8)] public long StartMicros;
    [FieldOffset(16)] public long EndMicros;
    [FieldOffset(24)] public int RuleWord;
    [FieldOffset(28)] public int StateWord;
    [FieldOffset(32)] public int ReasonWord;

    /// <summary>Counts the downtimes of the same rule, machine and start before it.</summary>
    [FieldOffset(36)] public int Ordinal;
    [FieldOffset(40)] public int Revision;
    [FieldOffset(44)] public DowntimeCategory Category;
    [FieldOffset(45)] public MicroStop Micro;
}

internal enum DowntimeCategory : byte
{
    None = 0,
    Down = 1,
    Planned = 2,
    Unknown = 3,
}

/// <summary>Whether a closed `down` was shorter than microStop; null on an open row. Other categories: no.</summary>
internal enum MicroStop : byte
{
    Null = 0,
    No = 1,
    Yes = 2,
}

/// <summary>What became of the reading in slot Lsn, if it was not simply taken.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct VerdictBody
{
    public const int SizeBytes = 8;

    [FieldOffset(0)] public Verdict Verdict;
}

internal enum Verdict : byte
{
    Late = 1,
    Duplicate = 2,
    Future = 3,
}
