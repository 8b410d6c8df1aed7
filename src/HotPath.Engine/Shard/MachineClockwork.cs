using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// Carries one machine through its instants, in order of event time, up to a watermark: releases waiting readings,
/// fires timers, turns the cases that either can have changed, settles the rules of those that turned. The shard
/// thread only; it never refuses.
/// </summary>
internal sealed unsafe class MachineClockwork
{
    private readonly NativePool _pool;
    private readonly MachineStore _machines;
    private readonly NameTables _names;
    private readonly ExpressionStack _expressions;
    private readonly RuleSettler _settler;
    private readonly InstantMarks _cases;
    private readonly InstantMarks _rules;
    private readonly NativeList<WaitingReading> _readings;
    private readonly Comparison<WaitingReading> _inOrder;

    public MachineClockwork(NativePool pool, MachineStore machines, NameTables names, RuleSettler settler)
    {
        _pool = pool;
        _machines = machines;
        _names = names;
        _settler = settler;
        _expressions = new ExpressionStack(pool);
        _cases = new InstantMarks(pool);
        _rules = new InstantMarks(pool);
        _readings = new NativeList<WaitingReading>(pool);
        _inOrder = InOrder;
    }

    /// <summary>Makes room for a class; called when its first machine appears.</summary>
    public void Prepare(MachineClass machineClass)
    {
        _expressions.Prepare(machineClass);
        _cases.Prepare(machineClass.Cases.Length);
        _rules.Prepare(machineClass.RuleParts.Length);
    }

    public void Advance(MachineClass machineClass, Machine* machine, long watermark)
    {
        for (var at = machine->DueMicros; at <= watermark; at = machine->DueMicros)
        {
            var hasFired = FireTimers(machineClass, machine, at);
            _readings.Clear();
            while (machine->WaitingCount > 0 && machine->Waiting.TopKey == at)
            {
                _readings.Add(WaitingReadings.Take(machine));
            }

            if (hasFired || _readings.Count > 0)
            {
                Instant(machineClass, machine, at);
            }
        }
    }

    /// <summary>An instant of one reading that never had to wait. Nothing of the machine may be due before it.</summary>
    public void InstantOf(MachineClass machineClass, Machine* machine, in WaitingReading reading)
    {
        _readings.Clear();
        _readings.Add(reading);
        Instant(machineClass, machine, reading.AtMicros);
    }

    /// <summary>Evaluates everything, as at the first instant and at a rule change.</summary>
    public void TurnAll(MachineClass machineClass, Machine* machine)
    {
        for (var index = 0; index < machineClass.Cases.Length; index++)
        {
            Turn(machineClass, machine, index);
        }

        _rules.Clear();
    }

    /// <summary>Evaluates one rule's cases, at a rule change.</summary>
    public void TurnRule(MachineClass machineClass, Machine* machine, in ClassRule part)
    {
        for (var index = part.CaseFirst; index < part.CaseFirst + part.CaseCount; index++)
        {
            Turn(machineClass, machine, index);
        }

        _rules.Clear();
    }

    private void Instant(MachineClass machineClass, Machine* machine, long at)
    {
        var before = machine->NowMicros;
        machine->NowMicros = at;
        ApplyReadings(machineClass, machine, before);
        _settler.Begin(machineClass, machine, _readings.Count > 0 ? TransitionCause.Reading : TransitionCause.Timer);
        if (before == Machine.Never)
        {
            _cases.Clear();
            TurnAll(machineClass, machine);
            for (var rule = 0; rule < machineClass.RuleParts.Length; rule++)
            {
                _settler.Settle(rule);
            }

            return;
        }

        foreach (var index in _cases.Marked.Span)
        {
            Turn(machineClass, machine, index);
        }

        _cases.Clear();
        if (_rules.Marked.Count > 0)
        {
            SettleMarked();
        }
    }

    private void SettleMarked()
    {
        if (_rules.Marked.Count > 1)
        {
            _rules.Marked.Span.Sort();
        }

        foreach (var rule in _rules.Marked.Span)
        {
            _settler.Settle(rule);
        }

        _rules.Clear();
    }

    // ---- timers

    private bool FireTimers(MachineClass machineClass, Machine* machine, long at)
    {
        var hasFired = false;
        while (machine->Timers.TopKey <= at)
        {
            var id = machine->Timers.Entries[0].Id;
            var index = MachineTimers.IndexOf(id);
            var sort = MachineTimers.SortOf(id);
            if (sort == TimerSort.Limit && LimitMicros(machineClass, machine, index) is var limitMicros && limitMicros > at)
            {
                MachineTimers.Arm(machine, _pool, sort, index, limitMicros);
                continue;
            }

            if (sort == TimerSort.Window && WindowMicros(machineClass, machine, index) is var windowMicros && windowMicros > at)
            {
                MachineTimers.Arm(machine, _pool, sort, index, windowMicros);
                continue;
            }

            hasFired = true;
            MachineTimers.Disarm(machine, sort, index);
            Fire(machineClass, machine, sort, index, at);
        }

        return hasFired;
    }

    private void Fire(MachineClass machineClass, Machine* machine, TimerSort sort, int index, long at)
    {
        switch (sort)
        {
            case TimerSort.Case:
                _cases.Mark(index);
                break;
            case TimerSort.Limit:
                machine->Tags[machineClass.Limits[index].Tag].AreLimitsArmed = false;
                MarkStale(machineClass, machineClass.Limits[index]);
                break;
            case TimerSort.Window:
                FireWindow(machineClass, machine, index, at);
                break;
            default:
                _rules.Mark(index);
                break;
        }
    }

    private void MarkStale(MachineClass machineClass, in ClassLimit limit)
    {
        ref readonly var tag = ref machineClass.Tags[limit.Tag];
        _cases.Mark(machineClass.CaseList(tag.GeneralCases));
        for (var channel = tag.Channels.First; channel < tag.Channels.End; channel++)
        {
            if (machineClass.Channels[channel].StaleAfterMicros == limit.WidthMicros)
            {
                _cases.Mark(machineClass.CaseList(machineClass.Channels[channel].Cases));
            }
        }
    }

    private void FireWindow(MachineClass machineClass, Machine* machine, int index, long at)
    {
        ref readonly var part = ref machineClass.Windows[index];
        ref var window = ref machine->Windows[index];
        window.Expire(at, part.BucketMicros);
        _cases.Mark(machineClass.CaseList(part.Cases));
        if (!window.IsEmpty)
        {
            MachineTimers.Arm(machine, _pool, TimerSort.Window, index, window.ExpiryMicros(part.BucketMicros));
        }
    }

    private static long LimitMicros(MachineClass machineClass, Machine* machine, int index)
    {
        ref readonly var limit = ref machineClass.Limits[index];
        return machine->Tags[limit.Tag].SeenAtMicros + limit.WidthMicros;
    }

    private static long WindowMicros(MachineClass machineClass, Machine* machine, int index)
    {
        ref var window = ref machine->Windows[index];
        return window.IsEmpty ? long.MinValue : window.ExpiryMicros(machineClass.Windows[index].BucketMicros);
    }

    /// <summary>Sets every timer that follows from the tags and windows as they are, after a rule change.</summary>
    public void ArmTagTimers(MachineClass machineClass, Machine* machine)
    {
        for (var index = 0; index < machineClass.Limits.Length; index++)
        {
            var limitMicros = LimitMicros(machineClass, machine, index);
            if (machine->Tags[machineClass.Limits[index].Tag].IsSeen && limitMicros > machine->NowMicros)
            {
                MachineTimers.Arm(machine, _pool, TimerSort.Limit, index, limitMicros);
            }
        }

        for (var index = 0; index < machineClass.Windows.Length; index++)
        {
            machine->Windows[index].Expire(machine->NowMicros, machineClass.Windows[index].BucketMicros);
            if (!machine->Windows[index].IsEmpty)
            {
                MachineTimers.Arm(machine, _pool, TimerSort.Window, index, WindowMicros(machineClass, machine, index));
            }
        }
    }

    // ---- readings

    private void ApplyReadings(MachineClass machineClass, Machine* machine, long before)
    {
        var readings = _readings.Span;
        if (!HaveRisingTags(readings))
        {
            readings.Sort(_inOrder);
        }

        for (var index = 0; index < readings.Length;)
        {
            index += ApplyTag(machineClass, machine, readings[index..], before);
        }
    }

    /// <summary>As a sender that tells all tags of an instant sends them: they are in order then.</summary>
    private static bool HaveRisingTags(ReadOnlySpan<WaitingReading> readings)
    {
        for (var index = 1; index < readings.Length; index++)
        {
            if (readings[index - 1].TagIndex >= readings[index].TagIndex)
            {
                return false;
            }
        }

        return true;
    }

    // All readings of one tag in this instant, one after the other; what is compared is before and after.
    private int ApplyTag(MachineClass machineClass, Machine* machine, ReadOnlySpan<WaitingReading> readings, long before)
    {
        var tagIndex = readings[0].TagIndex;
        var slot = machineClass.SlotOf(tagIndex);
        var tag = slot >= 0 ? &machine->Tags[slot] : _machines.OtherTag(machine, tagIndex);
        var old = *tag;
        var hasNewNumber = false;
        var count = 0;
        while (count < readings.Length && readings[count].TagIndex == tagIndex)
        {
            hasNewNumber |= Apply(machineClass, machine, slot, tag, readings[count++]);
        }

        if (slot >= 0)
        {
            if (!tag->AreLimitsArmed)
            {
                ArmLimits(machineClass, machine, machineClass.Tags[slot].Limits, tag->SeenAtMicros);
                tag->AreLimitsArmed = true;
            }

            var change = new TagChange(machineClass, _cases);
            var markedCount = _cases.Marked.Count;
            change.Mark(slot, old, before, *tag, machine->NowMicros, hasNewNumber);
            if (hasNewNumber && _cases.Marked.Count == markedCount)
            {
                // It was quiet, and the next may be.
                change.Learn(slot, tag);
            }
        }

        return count;
    }

    private bool Apply(MachineClass machineClass, Machine* machine, int slot, TagState* tag, in WaitingReading reading)
    {
        tag->SeenAtMicros = reading.AtMicros;
        tag->IsSeen = true;
        tag->ValueBits = reading.ValueBits;
        tag->ValueKind = reading.ValueKind;
        tag->Quality = reading.Quality;
        tag->SourceIndex = reading.SourceIndex;
        if (tag->KnownKind != ValueKind.Number)
        {
            return false;
        }

        var value = BitConverter.Int64BitsToDouble(reading.ValueBits);
        var grown = !tag->HasCounter ? 0.0 : value >= tag->Counter ? value - tag->Counter : value;
        tag->Counter = value;
        tag->HasCounter = true;
        if (!(value > tag->QuietLow && value < tag->QuietHigh))
        {
            tag->QuietLow = tag->QuietHigh = 0;
        }

        if (slot >= 0)
        {
            AddToWindows(machineClass, machine, machineClass.Tags[slot].Windows, value, grown);
        }

        return true;
    }

    private void AddToWindows(MachineClass machineClass, Machine* machine, Run windows, double value, double grown)
    {
        for (var index = windows.First; index < windows.End; index++)
        {
            var bucketMicros = machineClass.Windows[index].BucketMicros;
            ref var window = ref machine->Windows[index];
            window.Add(_pool, machine->NowMicros, bucketMicros, value, grown);
            MachineTimers.ArmIfNone(machine, _pool, TimerSort.Window, index, window.ExpiryMicros(bucketMicros));
        }
    }

    private void ArmLimits(MachineClass machineClass, Machine* machine, Run limits, long seenAtMicros)
    {
        for (var index = limits.First; index < limits.End; index++)
        {
            var limitMicros = seenAtMicros + machineClass.Limits[index].WidthMicros;
            if (limitMicros > machine->NowMicros)
            {
                MachineTimers.ArmIfNone(machine, _pool, TimerSort.Limit, index, limitMicros);
            }
        }
    }

    // Tag, then source by the bytes of its name, sequence number (absent is least), value, quality.
    private int InOrder(WaitingReading left, WaitingReading right)
    {
        var order = left.TagIndex.CompareTo(right.TagIndex);
        if (order == 0 && left.SourceIndex != right.SourceIndex)
        {
            order = _names.Sources.Utf8(left.SourceIndex).SequenceCompareTo(_names.Sources.Utf8(right.SourceIndex));
        }

        order = order != 0 ? order : left.SequenceNumber.CompareTo(right.SequenceNumber);
        order = order != 0 ? order : left.ValueKind.CompareTo(right.ValueKind);
        order = order != 0 ? order : InValueOrder(left, right);
        return order != 0 ? order : left.Quality.CompareTo(right.Quality);
    }

    private int InValueOrder(in WaitingReading left, in WaitingReading right) => left.ValueKind switch
    {
        ValueKind.Number =>
            BitConverter.Int64BitsToDouble(left.ValueBits).CompareTo(BitConverter.Int64BitsToDouble(right.ValueBits)),
        ValueKind.Symbol when left.ValueBits != right.ValueBits =>
            _names.Symbols.Utf8((int)left.ValueBits).SequenceCompareTo(_names.Symbols.Utf8((int)right.ValueBits)),
        _ => left.ValueBits.CompareTo(right.ValueBits),
    };

    // ---- cases

    private void Turn(MachineClass machineClass, Machine* machine, int index)
    {
        ref readonly var part = ref machineClass.Cases[index];
        ref var clock = ref machine->Cases[index];
        var now = machine->NowMicros;
        var verdict = _expressions.Run(machineClass, part.When, machine, now);
        var isMet = verdict == Kleene.True;
        if (!isMet && part.Until >= 0 && clock.IsMet)
        {
            // An unknown `until` lets go.
            isMet = _expressions.Run(machineClass, part.Until, machine, now) == Kleene.False;
        }

        var wasSatisfied = clock.IsSatisfied;
        var wasUnknown = clock.When == Kleene.Unknown;
        clock.When = verdict;
        if (isMet != clock.IsMet || !clock.HasBegun)
        {
            clock.IsMet = isMet;
            clock.SinceMicros = now;
            clock.HasBegun = true;
        }

        if (isMet != wasSatisfied)
        {
            WaitOrTurn(machine, index, part, ref clock, now);
        }
        else if (clock.TimerPlace != 0)
        {
            MachineTimers.Disarm(machine, TimerSort.Case, index);
        }

        if (clock.IsSatisfied != wasSatisfied || (verdict == Kleene.Unknown) != wasUnknown)
        {
            _rules.Mark(part.Rule);
        }
    }

    private void WaitOrTurn(Machine* machine, int index, in ClassCase part, ref CaseClock clock, long now)
    {
        var waitMicros = clock.IsMet ? part.HoldMicros : part.ClearMicros;
        if (now - clock.SinceMicros < waitMicros)
        {
            MachineTimers.Arm(machine, _pool, TimerSort.Case, index, clock.SinceMicros + waitMicros);
            return;
        }

        clock.IsSatisfied = clock.IsMet;
        clock.TurnedMicros = now;
        if (clock.TimerPlace != 0)
        {
            MachineTimers.Disarm(machine, TimerSort.Case, index);
        }
    }
}
