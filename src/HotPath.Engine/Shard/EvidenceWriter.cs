using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Shard;

/// <summary>
/// Writes why a transition was made, at the moment it is made: the case that won, the values and times of the tags it
/// reads (of the group's or the rule's tags where no case won), the clock of every case, the reports of all groups,
/// the watermark. The shard thread only; straight into the output's record.
/// </summary>
internal readonly unsafe ref struct EvidenceWriter
{
    private readonly MachineClass _class;
    private readonly Machine* _machine;
    private readonly ref readonly ClassRule _rule;
    private readonly Transition _transition;
    private readonly ReadOnlySpan<int> _tags;
    private readonly bool _isOfRule;
    private readonly WindowUses _windows;

    public EvidenceWriter(MachineClass machineClass, Machine* machine, int rule, in Transition transition)
    {
        _class = machineClass;
        _machine = machine;
        _rule = ref machineClass.RuleParts[rule];
        _transition = transition;

        // A rule that is gone has no more to say than that.
        _isOfRule = transition.ToWord >= 0;
        var tags = !_isOfRule ? default
            : transition.WinnerCase >= 0 ? machineClass.Cases[transition.WinnerCase].Tags
            : transition.Group >= 0 ? machineClass.Groups[transition.Group].Tags
            : _rule.Tags;
        _tags = machineClass.TagLists.AsSpan(tags.First, tags.Count);
        if (_isOfRule && machineClass.Windows.Length > 0)
        {
            AddWindows(ref _windows);
        }
    }

    public int SizeBytes =>
        EvidenceHead.SizeBytes
        + ReportsBytes
        + (CaseCount * EvidenceCase.SizeBytes)
        + (_tags.Length * EvidenceTag.SizeBytes)
        + (_windows.Count * EvidenceWindow.SizeBytes);

    private int GroupCount => _isOfRule ? _rule.GroupCount : 0;

    private int CaseCount => _isOfRule ? _rule.CaseCount : 0;

    private int ReportsBytes => ((GroupCount * sizeof(int)) + 7) & ~7;

    /// <param name="target">As long as <see cref="SizeBytes"/>, zeroed.</param>
    /// <param name="watermark">The machine's.</param>
    /// <param name="holderSource">Who held it, -1 = nobody.</param>
    public void Write(Span<byte> target, long watermark, int holderSource)
    {
        At<EvidenceHead>(target, 0) = new EvidenceHead
        {
            RuleVersion = _transition.RuleVersion,
            WatermarkMicros = watermark,
            RuleWord = _transition.RuleWord,
            HolderSource = holderSource,
            Group = (short)(_transition.Group < 0 ? -1 : _transition.Group - _rule.GroupFirst),
            Case = (short)(_transition.WinnerCase < 0 ? -1 : _transition.WinnerCase - _rule.CaseFirst),
            GroupCount = (ushort)GroupCount,
            CaseCount = (ushort)CaseCount,
            TagCount = (ushort)_tags.Length,
            Format = EvidenceHead.CurrentFormat,
            WindowCount = (ushort)_windows.Count,
        };
        WriteReports(target[EvidenceHead.SizeBytes..]);
        WriteCases(target[(EvidenceHead.SizeBytes + ReportsBytes)..]);
        WriteTags(target[(EvidenceHead.SizeBytes + ReportsBytes + (CaseCount * EvidenceCase.SizeBytes))..]);
        WriteWindows(target[(SizeBytes - (_windows.Count * EvidenceWindow.SizeBytes))..]);
    }

    // Of the case that won; where none did, of the group's cases, or of the rule's.
    private void AddWindows(ref WindowUses uses)
    {
        var (first, count) = _transition.WinnerCase >= 0 ? (_transition.WinnerCase, 1)
            : _transition.Group >= 0 ? (_class.Groups[_transition.Group].CaseFirst, _class.Groups[_transition.Group].CaseCount)
            : (_rule.CaseFirst, _rule.CaseCount);
        for (var index = first; index < first + count; index++)
        {
            uses.AddProgram(_class, _class.Cases[index].When);
            uses.AddProgram(_class, _class.Cases[index].Until);
        }
    }

    private void WriteWindows(Span<byte> target)
    {
        for (var index = 0; index < _windows.Count; index++)
        {
            ref readonly var use = ref _class.Instructions[_windows[index]];
            ref readonly var window = ref _class.Windows[use.Operand];
            var isKnown = ExpressionStack.TryWindow(_class, use, _machine, _transition.AtMicros, out var value);
            At<EvidenceWindow>(target, index * EvidenceWindow.SizeBytes) = new EvidenceWindow
            {
                Value = isKnown ? value : 0,
                WidthMicros = window.WidthMicros,
                TagIndex = _class.Tags[window.Tag].TagIndex,
                Function = (WindowFunction)use.Detail,
                IsKnown = isKnown,
            };
        }
    }

    private void WriteReports(Span<byte> target)
    {
        for (var index = 0; index < GroupCount; index++)
        {
            At<int>(target, index * sizeof(int)) =
                GroupReport.Of(_class, _machine, _rule.GroupFirst + index).StateWord;
        }
    }

    private void WriteCases(Span<byte> target)
    {
        for (var index = 0; index < CaseCount; index++)
        {
            ref var clock = ref _machine->Cases[_rule.CaseFirst + index];
            At<EvidenceCase>(target, index * EvidenceCase.SizeBytes) = new EvidenceCase
            {
                SinceMicros = clock.SinceMicros,
                IsMet = clock.IsMet,
                IsSatisfied = clock.IsSatisfied,
                When = clock.When,
            };
        }
    }

    private void WriteTags(Span<byte> target)
    {
        for (var index = 0; index < _tags.Length; index++)
        {
            ref var tag = ref _machine->Tags[_tags[index]];
            At<EvidenceTag>(target, index * EvidenceTag.SizeBytes) = new EvidenceTag
            {
                SeenAtMicros = tag.SeenAtMicros,
                ValueBits = tag.ValueBits,
                TagIndex = tag.TagIndex,
                SourceIndex = tag.SourceIndex,
                ValueKind = tag.ValueKind,
                Quality = tag.Quality,
                IsSeen = tag.IsSeen,
                IsStale = tag.IsSeen && _transition.AtMicros - tag.SeenAtMicros >= _rule.StaleAfterMicros,
            };
        }
    }

    // Safe because the target is as long as SizeBytes, and the parts have no references; the slice checks the start.
    // Worth it: no copy per transition.
    private static ref T At<T>(Span<byte> target, int offset)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(target.Slice(offset, sizeof(T))));
}
