using HotPath.Engine.Ledger;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>
/// From satisfied cases to states, transitions and downtimes (RULES.md, "Cases, groups, rules"). The shard thread only.
/// </summary>
internal sealed unsafe class RuleSettler(NativePool pool, RecordWriter records)
{
    private MachineClass _class = null!;
    private Machine* _machine;
    private long _nowMicros;
    private TransitionCause _cause;

    /// <summary>What follows is about this machine at this instant.</summary>
    public void Begin(MachineClass machineClass, Machine* machine, TransitionCause cause)
    {
        _class = machineClass;
        _machine = machine;
        _nowMicros = machine->NowMicros;
        _cause = cause;
    }

    /// <summary>What a rule says now; a transition and its downtime rows if that is another state.</summary>
    /// <param name="rule">The rule's index in the class.</param>
    /// <param name="wasFiled">At a rule change: how the old document filed the state that was kept; else null.</param>
    public void Settle(int rule, DowntimeCategory? wasFiled = null)
    {
        ref readonly var part = ref _class.RuleParts[rule];
        ref var state = ref _machine->Rules[rule];
        var report = Decide(part);
        if (report.StateWord != state.StateWord)
        {
            Move(rule, part, ref state, report);
        }
        else if (wasFiled is not null)
        {
            Refile(part, ref state, wasFiled.Value);
        }

        state.WinnerCase = report.WinnerCase;
        Announce(rule, part, ref state);
    }

    /// <summary>A rule that is gone: a transition to null, and its downtime ends here.</summary>
    public void Leave(int rule, long newVersion)
    {
        ref readonly var part = ref _class.RuleParts[rule];
        ref var state = ref _machine->Rules[rule];
        records.Transition(_class, rule, new Transition(
            _nowMicros, _nowMicros, newVersion, part.Word, state.StateWord, -1, -1, -1, RuleState.NoWinner, _cause));
        if (state.StopCategory != DowntimeCategory.None)
        {
            Close(part, ref state, _nowMicros);
        }
    }

    // The report of the heaviest group that reports, the first of equals, or the default.
    private GroupReport Decide(in ClassRule part)
    {
        var best = new GroupReport(part.DefaultWord, -1, RuleState.NoWinner);
        var bestWeight = int.MinValue;
        for (var group = part.GroupFirst; group < part.GroupFirst + part.GroupCount; group++)
        {
            ref readonly var groupPart = ref _class.Groups[group];
            if (best.Group >= 0 && groupPart.Weight <= bestWeight)
            {
                continue;
            }

            var report = GroupReport.Of(_class, _machine, group);
            if (report.StateWord >= 0)
            {
                best = report;
                bestWeight = groupPart.Weight;
            }
        }

        return best;
    }

    private void Move(int rule, in ClassRule part, ref RuleState state, GroupReport report)
    {
        // A held case reaches back over its own hold, and a left one over its own off-delay, and neither any further.
        var sinceMicros = _nowMicros;
        var reasonWord = -1;
        if (report.WinnerCase >= 0)
        {
            ref var winner = ref _machine->Cases[report.WinnerCase];
            sinceMicros = winner.TurnedMicros == _nowMicros ? winner.SinceMicros : _nowMicros;
            reasonWord = _class.Cases[report.WinnerCase].ReasonWord;
        }

        var untilMicros = _nowMicros;
        if (state.WinnerCase >= 0)
        {
            ref var left = ref _machine->Cases[state.WinnerCase];
            untilMicros = left.TurnedMicros == _nowMicros && !left.IsSatisfied ? left.SinceMicros : _nowMicros;
        }

        sinceMicros = Math.Max(sinceMicros, state.MovedMicros);
        records.Transition(_class, rule, new Transition(
            _nowMicros,
            sinceMicros,
            _class.Rules.Version,
            part.Word,
            state.StateWord,
            report.StateWord,
            reasonWord,
            report.Group,
            report.WinnerCase,
            _cause));
        state.StateWord = report.StateWord;
        state.ReasonWord = reasonWord;
        state.MovedMicros = _nowMicros;
        StopOrGo(part, ref state, sinceMicros, untilMicros);
    }

    // The new document files the kept state differently.
    private void Refile(in ClassRule part, ref RuleState state, DowntimeCategory wasFiled)
    {
        if (_class.Rules.CategoryOf(part.DocumentIndex, state.StateWord) != wasFiled)
        {
            StopOrGo(part, ref state, _nowMicros, _nowMicros);
        }
    }

    /// <param name="part">The rule.</param>
    /// <param name="state">Its state, the new one.</param>
    /// <param name="sinceMicros">When the new state's condition became met.</param>
    /// <param name="untilMicros">When the old state's condition stopped being met.</param>
    private void StopOrGo(in ClassRule part, ref RuleState state, long sinceMicros, long untilMicros)
    {
        var category = _class.Rules.CategoryOf(part.DocumentIndex, state.StateWord);
        if (state.StopCategory != DowntimeCategory.None && state.StopCategory != category)
        {
            Close(part, ref state, Math.Max(untilMicros, state.StartedMicros));
        }

        if (category != DowntimeCategory.None && state.StopCategory == DowntimeCategory.None)
        {
            var startMicros = Math.Max(sinceMicros, state.StoppedMicros);
            state.Ordinal = state.StartedMicros == startMicros ? state.Ordinal + 1 : 0;
            state.StartedMicros = startMicros;
            state.StopCategory = category;
            state.StopStateWord = state.StateWord;
            state.StopReasonWord = state.ReasonWord;
            state.IsAnnounced = false;
        }
        else if (state.StopCategory != DowntimeCategory.None && state.StopReasonWord < 0)
        {
            state.StopReasonWord = state.ReasonWord;
        }
    }

    private void Announce(int rule, in ClassRule part, ref RuleState state)
    {
        if (state.StopCategory == DowntimeCategory.None || state.IsAnnounced)
        {
            if (state.TimerPlace != 0)
            {
                MachineTimers.Disarm(_machine, TimerSort.MicroStop, rule);
            }

            return;
        }

        var waitMicros = state.StopCategory == DowntimeCategory.Down ? part.MicroStopMicros : 0;
        if (_nowMicros - state.StartedMicros >= waitMicros)
        {
            state.IsAnnounced = true;
            Row(part, state, 1, DowntimeBody.NoEnd, MicroStop.Null);
            MachineTimers.Disarm(_machine, TimerSort.MicroStop, rule);
            return;
        }

        MachineTimers.Arm(_machine, pool, TimerSort.MicroStop, rule, state.StartedMicros + waitMicros);
    }

    private void Close(in ClassRule part, ref RuleState state, long endMicros)
    {
        state.StoppedMicros = endMicros;
        var isMicro = state.StopCategory == DowntimeCategory.Down
            && endMicros - state.StartedMicros < part.MicroStopMicros;
        Row(part, state, state.IsAnnounced ? 2 : 1, endMicros, isMicro ? MicroStop.Yes : MicroStop.No);
        state.StopCategory = DowntimeCategory.None;
    }

    private void Row(in ClassRule part, in RuleState state, int revision, long endMicros, MicroStop micro) =>
        records.Downtime(new DowntimeBody
        {
            AtMicros = _nowMicros,
            StartMicros = state.StartedMicros,
            EndMicros = endMicros,
            RuleWord = part.Word,
            StateWord = state.StopStateWord,
            ReasonWord = state.StopReasonWord,
            Ordinal = state.Ordinal,
            Revision = revision,
            Category = state.StopCategory,
            Micro = micro,
        });
}
