namespace HotPath.LoadGenerator.Truth;

/// <summary>All rows of one rule on one machine, in the order in which they come out.</summary>
internal sealed class RuleHistory
{
    private readonly ExpectedRule _rule;
    private readonly string _equipment;
    private readonly MachineHistory _machine;
    private readonly List<Satisfaction>[][] _satisfactions; // by group and case
    private readonly List<ExpectedRow> _rows = [];
    private Stop? _stop;
    private long _stoppedLast = long.MinValue;
    private long _startedLast = long.MinValue;
    private int _ordinal;

    private RuleHistory(ExpectedRule rule, string equipment, MachineHistory machine)
    {
        _rule = rule;
        _equipment = equipment;
        _machine = machine;
        _satisfactions = Array.ConvertAll(rule.Groups, group =>
            Array.ConvertAll(group.Cases, expected => Satisfaction.Of(expected, machine.Segments)));
    }

    public static IReadOnlyList<ExpectedRow> Of(ExpectedRule rule, string equipment, MachineHistory machine)
    {
        var history = new RuleHistory(rule, equipment, machine);
        history.Derive();
        return history._rows;
    }

    private void Derive()
    {
        var report = new Report(_rule.Default, null, null, null);
        var moved = long.MinValue;
        var segment = 0;
        foreach (var now in Boundaries())
        {
            while (segment + 1 < _machine.Segments.Count && _machine.Segments[segment + 1].FromMicros <= now)
            {
                segment++;
            }

            var before = report;
            report = ReportAt(now, _machine.Segments[segment]);
            AnnounceUntil(now);
            if (report.State != before.State)
            {
                moved = Move(before, report, now, moved);
            }
        }

        AnnounceUntil(_machine.LastMicros + 1);
    }

    /// <summary>Everything can only change where a segment begins, or a case begins or stops to count.</summary>
    private SortedSet<long> Boundaries()
    {
        var boundaries = new SortedSet<long>(_machine.Segments.Select(segment => segment.FromMicros));
        foreach (var satisfaction in _satisfactions.SelectMany(cases => cases).SelectMany(times => times))
        {
            boundaries.Add(satisfaction.On);
            boundaries.Add(satisfaction.Off);
        }

        boundaries.RemoveWhere(micros => micros > _machine.LastMicros);
        return boundaries;
    }

    /// <summary>The report of the heaviest group that reports.</summary>
    private Report ReportAt(long now, in Segment segment)
    {
        for (var group = 0; group < _rule.Groups.Length; group++)
        {
            var expected = _rule.Groups[group];
            for (var place = 0; place < expected.Cases.Length; place++)
            {
                if (Find(_satisfactions[group][place], now) is { } satisfaction)
                {
                    return new(expected.Cases[place].State, expected.Cases[place].Reason, expected.Name, satisfaction);
                }
            }

            var unknown = false;
            foreach (var one in expected.Cases)
            {
                unknown |= one.When(segment) == Verdict.Unknown;
            }

            if ((unknown ? expected.Unknown : expected.Else) is { } state)
            {
                return new(state, null, expected.Name, null);
            }
        }

        return new(_rule.Default, null, null, null);
    }

    private static Satisfaction? Find(List<Satisfaction> satisfactions, long now)
    {
        var low = 0;
        for (var high = satisfactions.Count; low < high;)
        {
            var middle = (low + high) / 2;
            (low, high) = satisfactions[middle].Off <= now ? (middle + 1, high) : (low, middle);
        }

        return low < satisfactions.Count && satisfactions[low].On <= now ? satisfactions[low] : null;
    }

    private long Move(in Report before, in Report report, long now, long moved)
    {
        // A held case reaches back over its hold, a left one over its off-delay, and neither past the last transition.
        var since = report.Case is { } won && won.On == now ? won.MetAt : now;
        var until = before.Case is { } left && left.Off == now ? left.UnmetAt : now;
        since = Math.Max(since, moved);
        _rows.Add(new ExpectedRow
        {
            IsTransition = true,
            Rule = _rule.Id,
            Equipment = _equipment,
            From = before.State,
            To = report.State,
            At = now,
            Since = since,
            Group = report.Group,
            Cause = _machine.HeardAt(now) ? "reading" : "timer",
        });
        StopOrGo(report, since, until, now);
        return now;
    }

    private void StopOrGo(in Report report, long since, long until, long now)
    {
        var category = _rule.Category(report.State);
        if (_stop is { } stop && stop.Category != category)
        {
            Close(stop, Math.Max(until, stop.Start), now);
        }

        if (category is not null && _stop is null)
        {
            var start = Math.Max(since, _stoppedLast);
            _ordinal = start == _startedLast ? _ordinal + 1 : 0;
            _startedLast = start;
            _stop = new Stop(category, start, _ordinal, report.State)
            {
                Reason = report.Reason,
                AnnouncedAt = Math.Max(now, start + (category == "down" ? _rule.MicroStopMicros : 0)),
            };
        }
        else if (_stop is { Reason: null } lasting)
        {
            lasting.Reason = report.Reason;
        }
    }

    private void Close(Stop stop, long end, long now)
    {
        _stop = null;
        _stoppedLast = end;
        _rows.Add(Row(stop, now) with
        {
            End = end,
            Micro = stop.Category == "down" && end - stop.Start < _rule.MicroStopMicros,
            Revision = stop.Announced ? 2 : 1,
        });
    }

    /// <summary>
    /// An announcement comes behind what else happens in its instant, and not at all where that is the end.
    /// </summary>
    private void AnnounceUntil(long now)
    {
        if (_stop is { Announced: false } stop && stop.AnnouncedAt < now)
        {
            stop.Announced = true;
            _rows.Add(Row(stop, stop.AnnouncedAt));
        }
    }

    private ExpectedRow Row(Stop stop, long at) => new()
    {
        IsTransition = false,
        Rule = _rule.Id,
        Equipment = _equipment,
        At = at,
        Start = stop.Start,
        Ordinal = stop.Ordinal,
        Category = stop.Category,
        State = stop.State,
        Reason = stop.Reason,
        Revision = 1,
    };

    private readonly record struct Report(string State, string? Reason, string? Group, Satisfaction? Case);

    private sealed record Stop(string Category, long Start, int Ordinal, string State)
    {
        public string? Reason { get; set; }

        public long AnnouncedAt { get; init; }

        public bool Announced { get; set; }
    }
}
