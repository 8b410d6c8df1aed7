using System.Runtime.Intrinsics.X86;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Gives machines other rules while they run (RULES.md, "Changing rules while readings flow"). The shard thread only.
/// What depends on the pair of classes was worked out when the document was added; nothing here allocates.
/// </summary>
internal sealed unsafe class RuleExchange(
    NativePool pool, NameTables names, MachineStore machines, MachineClockwork clockwork, RuleSettler settler)
{
    private CompiledRules _old = null!;
    private CompiledRules _next = null!;
    private MachineClass? _changeOld;
    private MachineClass? _changeNext;
    private ClassChange? _change;
    private int _inheritedCount;

    /// <summary>A document takes the place of another.</summary>
    public void Begin(CompiledRules old, CompiledRules next)
    {
        _old = old;
        _next = next;
        _change = null;
        _inheritedCount = next.InheritedVersion == old.Version ? next.InheritedCount : 0;
    }

    /// <summary>
    /// Whether the exchange has nothing to do on a machine: its rules are the same, and nothing but an evaluation could
    /// come of it, which says what the last one said. A machine that was never evaluated is evaluated now.
    /// </summary>
    public bool LeavesAlone(Machine* machine) =>
        machine->Class < _inheritedCount && _next.IsUnchanged(machine->Class) && machine->NowMicros != Machine.Never;

    /// <summary>
    /// Brings near what an exchange in place touches of a machine that comes soon, if it is of the class worked on last.
    /// </summary>
    public void Fetch(Machine* machine)
    {
        if (_change is null || _changeNext is null)
        {
            return;
        }

        // Safe because a prefetch never faults, not even beyond the arrays of another class. Worth it: RuleChangeCost.
        foreach (var rule in _change.ChangedRules)
        {
            ref readonly var part = ref _changeNext.RuleParts[rule];
            Sse.Prefetch0(&machine->Rules[rule]);
            Sse.Prefetch0(&machine->Cases[part.CaseFirst]);
            foreach (var slot in _changeNext.TagLists.AsSpan(part.Tags.First, part.Tags.Count))
            {
                Sse.Prefetch0(&machine->Tags[slot]);
            }
        }
    }

    public void Exchange(Machine* machine, long watermark)
    {
        var oldClass = _old.ClassAt(machine->Class);
        var nextClass = machine->Class < _inheritedCount
            ? _next.ClassAt(machine->Class)
            : _next.ClassOf(names.Equipment.Utf8(machine->Equipment));
        var change = ChangeBetween(oldClass, nextClass);
        if (change.IsInPlace && machine->NowMicros != Machine.Never)
        {
            ExchangeInPlace(machine, Math.Max(machine->NowMicros, watermark), oldClass, nextClass, change);
        }
        else
        {
            ExchangeAll(machine, Math.Max(machine->NowMicros, watermark), oldClass, nextClass, change);
        }
    }

    // Cases that keep their clocks, and rules that mean the same, say what they said: an instant by a rule change alone
    // flips nothing.
    private void ExchangeInPlace(
        Machine* machine, long nowMicros, MachineClass oldClass, MachineClass nextClass, ClassChange change)
    {
        machine->NowMicros = nowMicros;
        machine->Class = nextClass.Index;
        foreach (var rule in change.ChangedRules)
        {
            BeginAnew(machine, oldClass.RuleParts[rule], oldClass, change);
            BeginAnew(machine, nextClass.RuleParts[rule], nextClass, change);
            MachineTimers.Disarm(machine, TimerSort.MicroStop, rule);
            machine->Rules[rule].WinnerCase = RuleState.NoWinner;
            clockwork.TurnRule(nextClass, machine, nextClass.RuleParts[rule]);
        }

        settler.Begin(nextClass, machine, TransitionCause.Rules);
        foreach (var rule in change.ChangedRules)
        {
            settler.Settle(rule, _old.CategoryOf(oldClass.RuleParts[rule].DocumentIndex, machine->Rules[rule].StateWord));
        }
    }

    private static void BeginAnew(Machine* machine, in ClassRule part, MachineClass machineClass, ClassChange change)
    {
        for (var index = part.CaseFirst; index < part.CaseFirst + part.CaseCount; index++)
        {
            if (change.CaseFrom[index] < 0)
            {
                MachineTimers.Disarm(machine, TimerSort.Case, index);
                machine->Cases[index] = default;
            }
        }

        foreach (var slot in machineClass.TagLists.AsSpan(part.Tags.First, part.Tags.Count))
        {
            machine->Tags[slot].ForgetQuiet();
        }
    }

    private void ExchangeAll(
        Machine* machine, long nowMicros, MachineClass oldClass, MachineClass nextClass, ClassChange change)
    {
        if (nowMicros != Machine.Never)
        {
            machine->NowMicros = nowMicros;
            LeaveRules(oldClass, machine, change);
        }

        var before = *machine;
        MoveTags(machine, before, oldClass, nextClass, change);
        machines.TakeParts(machine, nextClass);
        KeepRules(machine, before, nextClass, change);
        KeepWindows(machine, before, oldClass, change);
        if (nowMicros != Machine.Never)
        {
            clockwork.ArmTagTimers(nextClass, machine);
            clockwork.TurnAll(nextClass, machine);
            SettleRules(machine, before, oldClass, nextClass, change);
        }

        machines.GiveParts(before, oldClass);
    }

    // Mostly the same pair of classes as for the machine before.
    private ClassChange ChangeBetween(MachineClass oldClass, MachineClass nextClass)
    {
        if (_change is null || _changeOld != oldClass || _changeNext != nextClass)
        {
            clockwork.Prepare(nextClass);
            (_changeOld, _changeNext) = (oldClass, nextClass);
            _change = _next.ChangeFrom(oldClass, nextClass);
        }

        return _change;
    }

    private void LeaveRules(MachineClass oldClass, Machine* machine, ClassChange change)
    {
        settler.Begin(oldClass, machine, TransitionCause.Rules);
        for (var rule = 0; rule < change.OldRuleStays.Length; rule++)
        {
            if (!change.OldRuleStays[rule])
            {
                settler.Leave(rule, _next.Version);
                RememberGone(machine, oldClass.RuleParts[rule].Word, machine->Rules[rule]);
            }
        }
    }

    private void RememberGone(Machine* machine, int ruleWord, in RuleState state)
    {
        var gone = FindGone(machine, ruleWord);
        if (gone == null)
        {
            // Grows by one: rules go seldom, and each is remembered once.
            machine->Gone = (GoneRule*)pool.Grow(
                machine->Gone, (long)machine->GoneCount * sizeof(GoneRule), (machine->GoneCount + 1L) * sizeof(GoneRule));
            gone = &machine->Gone[machine->GoneCount++];
        }

        *gone = new GoneRule
        {
            RuleWord = ruleWord,
            StartedMicros = state.StartedMicros,
            StoppedMicros = state.StoppedMicros,
            Ordinal = state.Ordinal,
        };
    }

    private static GoneRule* FindGone(Machine* machine, int ruleWord)
    {
        for (var index = 0; index < machine->GoneCount; index++)
        {
            if (machine->Gone[index].RuleWord == ruleWord)
            {
                return &machine->Gone[index];
            }
        }

        return null;
    }

    // All values of all tags stay: those that the new class reads in its order, the others beside.
    private void MoveTags(
        Machine* machine, in Machine before, MachineClass oldClass, MachineClass nextClass, ClassChange change)
    {
        machine->Tags = (TagState*)pool.Take((long)nextClass.Tags.Length * sizeof(TagState));
        machine->OtherTags = null;
        machine->OtherTagCount = 0;
        for (var slot = 0; slot < nextClass.Tags.Length; slot++)
        {
            var from = change.TagFrom[slot];
            machine->Tags[slot] = from >= 0 ? before.Tags[from] : TagState.Of(nextClass.Tags[slot].TagIndex);
            machine->Tags[slot].ForgetClass();
        }

        for (var slot = 0; slot < oldClass.Tags.Length; slot++)
        {
            ref var tag = ref before.Tags[slot];
            if (nextClass.SlotOf(tag.TagIndex) < 0 && (tag.IsSeen || tag.TakenMicrosMax != Machine.Never))
            {
                machines.AddOtherTag(machine, tag);
            }
        }

        for (var at = 0; at < before.OtherTagCapacity; at++)
        {
            ref var tag = ref before.OtherTags[at];
            var slot = tag.TagIndex >= 0 ? nextClass.SlotOf(tag.TagIndex) : -1;
            if (slot >= 0)
            {
                machine->Tags[slot] = tag;
                machine->Tags[slot].ForgetClass();
            }
            else if (tag.TagIndex >= 0)
            {
                machines.AddOtherTag(machine, tag);
            }
        }

        machines.GiveTags(before.Tags, oldClass.Tags.Length);
        machines.GiveTags(before.OtherTags, before.OtherTagCapacity);
    }

    private static void KeepRules(Machine* machine, in Machine before, MachineClass nextClass, ClassChange change)
    {
        for (var rule = 0; rule < nextClass.RuleParts.Length; rule++)
        {
            ref var state = ref machine->Rules[rule];
            var from = change.RuleFrom[rule];
            if (from >= 0)
            {
                state = before.Rules[from];
                state.WinnerCase = RuleState.NoWinner;
                state.TimerPlace = 0;
            }
            else if (FindGone(machine, nextClass.RuleParts[rule].Word) is var gone && gone != null)
            {
                state.StartedMicros = gone->StartedMicros;
                state.StoppedMicros = gone->StoppedMicros;
                state.Ordinal = gone->Ordinal;
            }
        }

        for (var index = 0; index < nextClass.Cases.Length; index++)
        {
            if (change.CaseFrom[index] >= 0)
            {
                machine->Cases[index] = before.Cases[change.CaseFrom[index]];
                machine->Cases[index].TimerPlace = 0;
            }
        }
    }

    private void KeepWindows(Machine* machine, in Machine before, MachineClass oldClass, ClassChange change)
    {
        for (var window = 0; window < change.WindowFrom.Length; window++)
        {
            var from = change.WindowFrom[window];
            if (from >= 0)
            {
                machine->Windows[window] = before.Windows[from];
                machine->Windows[window].TimerPlace = 0;
                before.Windows[from] = default;
            }
        }

        for (var window = 0; window < oldClass.Windows.Length; window++)
        {
            before.Windows[window].Free(pool);
        }
    }

    private void SettleRules(
        Machine* machine, in Machine before, MachineClass oldClass, MachineClass nextClass, ClassChange change)
    {
        settler.Begin(nextClass, machine, TransitionCause.Rules);
        for (var rule = 0; rule < nextClass.RuleParts.Length; rule++)
        {
            var from = change.RuleFrom[rule];
            DowntimeCategory? wasFiled = from < 0
                ? null
                : _old.CategoryOf(oldClass.RuleParts[from].DocumentIndex, before.Rules[from].StateWord);
            settler.Settle(rule, wasFiled);
        }
    }
}
