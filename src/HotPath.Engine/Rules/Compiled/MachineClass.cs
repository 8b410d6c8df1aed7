using System.Runtime.CompilerServices;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// The rules that cover one sort of machine, compiled together: flat arrays and programs, shared by all machines that
/// the same rules cover. Immutable once built; any thread.
/// </summary>
internal sealed class MachineClass
{
    public required CompiledRules Rules { get; init; }

    /// <summary>Its place in <see cref="CompiledRules.ClassAt"/>.</summary>
    public required int Index { get; init; }

    public required ClassRule[] RuleParts { get; init; }

    public required ClassGroup[] Groups { get; init; }

    public required ClassCase[] Cases { get; init; }

    public required ClassTag[] Tags { get; init; }

    public required ClassWindow[] Windows { get; init; }

    public required ClassLimit[] Limits { get; init; }

    public required ClassChannel[] Channels { get; init; }

    public required double[] ThresholdValues { get; init; }

    public required int[] ThresholdCases { get; init; }

    public required int[] CaseLists { get; init; }

    public required int[] TagLists { get; init; }

    public required Instruction[] Instructions { get; init; }

    /// <summary>The most values that a program needs on its stack.</summary>
    public required int StackDepthMax { get; init; }

    public required TagSlots Slots { get; init; }

    /// <summary>
    /// What the class needs for one machine, windows full: a case 24 bytes and its timer 16, a rule 56 and its timer 16,
    /// a tag 64, a limit 4 and its timer 16, a window 144 and 60 buckets of 80 (the shard's structures).
    /// </summary>
    public long MachineBytes =>
        (Cases.Length * 40L) + (RuleParts.Length * 72L) + (Tags.Length * 64L) + (Limits.Length * 20L)
        + (Windows.Length * (144L + (RuleLimits.WindowBuckets * 80L)));

    public ReadOnlySpan<int> CaseList(Run run) => CaseLists.AsSpan(run.First, run.Count);

    /// <summary>The slot of a tag, or -1 when no rule of the class reads it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotOf(int tagIndex) => Slots.Find(tagIndex);
}
