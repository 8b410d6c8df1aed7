using System.Runtime.InteropServices;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Shard;

/// <summary>
/// Begins the evidence of a transition. Behind it: what each group of the rule reported (words), each case's clock,
/// each tag that counts, the value of each window function over them. Everything is named by index: text stands in the rule's document, under its version.
/// </summary>
/// <remarks>
/// <code>
/// EvidenceHead (40) | report word i32 x groups, padded to 8 | EvidenceCase (16) x cases | EvidenceTag (32) x tags
///   | EvidenceWindow (24) x window functions
/// </code>
/// Stored with transitions: never change the meaning of a field, raise <see cref="CurrentFormat"/> instead.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct EvidenceHead
{
    public const int SizeBytes = 40;
    public const ushort CurrentFormat = 2;

    [FieldOffset(0)] public long RuleVersion;
    [FieldOffset(8)] public long WatermarkMicros;
    [FieldOffset(16)] public int RuleWord;

    /// <summary>The source that held the watermark; -1 = all were idle, and the arrival clock moved it.</summary>
    [FieldOffset(20)] public int HolderSource;

    /// <summary>Within the rule, -1 for none.</summary>
    [FieldOffset(24)] public short Group;

    /// <summary>Among all cases of the rule, -1 for none.</summary>
    [FieldOffset(26)] public short Case;
    [FieldOffset(28)] public ushort GroupCount;
    [FieldOffset(30)] public ushort CaseCount;
    [FieldOffset(32)] public ushort TagCount;
    [FieldOffset(34)] public ushort Format;
    [FieldOffset(36)] public ushort WindowCount;
}

[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct EvidenceCase
{
    public const int SizeBytes = 16;

    [FieldOffset(0)] public long SinceMicros;
    [FieldOffset(8)] public bool IsMet;
    [FieldOffset(9)] public bool IsSatisfied;
    [FieldOffset(10)] public Kleene When;
}

[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct EvidenceTag
{
    public const int SizeBytes = 32;

    [FieldOffset(0)] public long SeenAtMicros;
    [FieldOffset(8)] public long ValueBits;
    [FieldOffset(16)] public int TagIndex;
    [FieldOffset(20)] public int SourceIndex;
    [FieldOffset(24)] public ValueKind ValueKind;
    [FieldOffset(25)] public Quality Quality;
    [FieldOffset(26)] public bool IsSeen;

    /// <summary>Not heard for the rule's staleAfter.</summary>
    [FieldOffset(27)] public bool IsStale;
}

/// <summary>What a function over the trailing window of a tag gave.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct EvidenceWindow
{
    public const int SizeBytes = 24;

    [FieldOffset(0)] public double Value;
    [FieldOffset(8)] public long WidthMicros;
    [FieldOffset(16)] public int TagIndex;
    [FieldOffset(20)] public WindowFunction Function;
    [FieldOffset(21)] public bool IsKnown;
}
