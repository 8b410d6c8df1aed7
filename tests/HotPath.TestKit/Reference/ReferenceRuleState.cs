namespace HotPath.TestKit.Reference;

/// <summary>One rule on one machine of the reference model: clocks, state, downtime.</summary>
internal sealed class ReferenceRuleState(ReferenceRule rule, string equipment, Action<string, string, object> emit)
{
    private readonly Dictionary<(string Group, int Place), Clock> _clocks = rule.Groups
        .SelectMany(group => group.Cases.Select((_, place) => (group.Name, place)))
        .ToDictionary(key => key, _ => new Clock());

    private string _state = rule.Default;
    private string? _reason;
    private string? _filedBefore;
    private Clock? _winner;
    private long? _moved;
    private Stop? _stop;

    public ReferenceRule Rule { get; } = rule;

    public long? Stopped { get; set; }

    public long? Started { get; set; }

    public int Ordinal { get; set; }

    public void GoOnFrom(ReferenceRuleState before)
    {
        (_state, _reason, _stop, _moved) = (before._state, before._reason, before._stop, before._moved);
        (Stopped, Started, Ordinal) = (before.Stopped, before.Started, before.Ordinal);
        _filedBefore = before.Rule.Categories.GetValueOrDefault(_state, "");
        foreach (var group in Rule.Groups)
        {
            var old = before.Rule.Groups.Find(other => other.Name == group.Name);
            for (var place = 0; old is not null && place < Math.Min(group.Cases.Count, old.Cases.Count); place++)
            {
                var (mine, theirs) = (group.Cases[place], old.Cases[place]);
                if ((mine.TextOfConditions, mine.For, mine.Clear) == (theirs.TextOfConditions, theirs.For, theirs.Clear))
                {
                    _clocks[(group.Name, place)] = before._clocks[(group.Name, place)];
                }
            }
        }
    }

    public IEnumerable<long> Deadlines()
    {
        foreach (var ((name, place), clock) in _clocks)
        {
            var said = Rule.Groups.Find(group => group.Name == name)!.Cases[place];
            if (clock.IsMet != clock.IsSatisfied)
            {
                yield return clock.Since!.Value + (clock.IsMet ? said.For : said.Clear);
            }
        }

        if (_stop is { IsAnnounced: false })
        {
            yield return _stop.Start + Rule.MicroStop;
        }
    }

    public void Leave(long at)
    {
        Transition(null, at, at, null, "rules");
        if (_stop is not null)
        {
            Close(at, at);
        }
    }

    public void Settle(IReferenceTags tags, long at, string cause, bool isChange)
    {
        var reports = Rule.Groups.ConvertAll(group => Report(group, tags, at));
        var best = reports.Where(report => report.State is not null).OrderByDescending(report => report.Weight).FirstOrDefault();
        var state = best?.State ?? Rule.Default;
        if (state != _state)
        {
            var since = best?.Clock is { } won && won.Turned == at ? won.Since!.Value : at;
            var until = _winner is { IsSatisfied: false } left && left.Turned == at ? left.Since!.Value : at;
            since = Math.Max(since, _moved ?? long.MinValue);
            Transition(state, at, since, best?.Group, cause);
            (_state, _reason, _moved) = (state, best?.Reason, at);
            StopOrGo(at, since, until);
        }
        else if (isChange && _filedBefore is not null && _filedBefore != Rule.Categories.GetValueOrDefault(state, ""))
        {
            StopOrGo(at, at, at);
        }

        _winner = best?.Clock;
        if (_stop is { IsAnnounced: false } && at - _stop.Start >= (_stop.Category == "down" ? Rule.MicroStop : 0))
        {
            _stop.IsAnnounced = true;
            Row(at, null, "open", 1, null);
        }
    }

    private GroupSays Report(ReferenceGroup group, IReferenceTags tags, long at)
    {
        GroupSays? first = null;
        var isUnknown = false;
        for (var place = 0; place < group.Cases.Count; place++)
        {
            var said = group.Cases[place];
            var clock = _clocks[(group.Name, place)];
            var when = said.When.Value(tags) as bool?;
            clock.Turn(when == true || (clock.IsMet && said.Until is not null && said.Until.Value(tags) is false), said, at);
            isUnknown |= when is null;
            first ??= clock.IsSatisfied ? new GroupSays(said.State, group.Weight, group.Name, said.Reason, clock) : null;
        }

        return first ?? new GroupSays(isUnknown ? group.Unknown : group.Else, group.Weight, group.Name, null, null);
    }

    private void StopOrGo(long at, long since, long until)
    {
        var category = Rule.Categories.GetValueOrDefault(_state);
        if (_stop is not null && _stop.Category != category)
        {
            Close(at, Math.Max(until, _stop.Start));
        }

        if (category is not null && _stop is null)
        {
            var start = Math.Max(since, Stopped ?? long.MinValue);
            Ordinal = Started == start ? Ordinal + 1 : 0;
            Started = start;
            _stop = new Stop(start, Ordinal, category, _state) { Reason = _reason };
        }
        else if (_stop is not null)
        {
            _stop.Reason ??= _reason;
        }
    }

    private void Close(long at, long end)
    {
        var isMicro = _stop!.Category == "down" && end - _stop.Start < Rule.MicroStop;
        Row(at, end, "closed", _stop.IsAnnounced ? 2 : 1, isMicro);
        Stopped = end;
        _stop = null;
    }

    private void Transition(string? to, long at, long since, string? group, string cause) => emit(equipment, Rule.Id, new
    {
        type = "transition", rule = Rule.Id, equipment, from = _state, to, at, since, group, cause,
    });

    private void Row(long at, long? end, string status, int revision, bool? micro) => emit(equipment, Rule.Id, new
    {
        type = "downtime",
        rule = Rule.Id,
        equipment,
        at,
        start = _stop!.Start,
        ordinal = _stop.Ordinal,
        end,
        status,
        category = _stop.Category,
        micro,
        state = _stop.State,
        reason = _stop.Reason,
        revision,
    });

    private sealed record GroupSays(string? State, int Weight, string Group, string? Reason, Clock? Clock);

    private sealed record Stop(long Start, int Ordinal, string Category, string State)
    {
        public string? Reason { get; set; }

        public bool IsAnnounced { get; set; }
    }

    private sealed class Clock
    {
        public bool IsMet { get; private set; }

        public long? Since { get; private set; }

        public bool IsSatisfied { get; private set; }

        public long? Turned { get; private set; }

        public void Turn(bool isMet, ReferenceCase said, long at)
        {
            if (isMet != IsMet || Since is null)
            {
                (IsMet, Since) = (isMet, at);
            }

            if (IsMet != IsSatisfied && at - Since >= (IsMet ? said.For : said.Clear))
            {
                (IsSatisfied, Turned) = (IsMet, at);
            }
        }
    }
}
