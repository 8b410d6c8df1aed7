namespace HotPath.TestKit.Reference;

/// <summary>A reading as the reference model sees it.</summary>
internal sealed record ReferenceReading(
    string Tag, long At, string Source, long? Sequence, object? Value, string Quality)
    : IComparable<ReferenceReading>
{
    /// <summary>In one instant and tag: source by bytes, number (absent first), value by kind, quality by name.</summary>
    public int CompareTo(ReferenceReading? other)
    {
        var order = Bytes(Source).AsSpan().SequenceCompareTo(Bytes(other!.Source));
        order = order != 0 ? order : (Sequence ?? -1).CompareTo(other.Sequence ?? -1);
        order = order != 0 ? order : Rank(Value).CompareTo(Rank(other.Value));
        order = order != 0 ? order : (Value, other.Value) switch
        {
            (double a, double b) => a.CompareTo(b),
            (string a, string b) => Bytes(a).AsSpan().SequenceCompareTo(Bytes(b)),
            (bool a, bool b) => a.CompareTo(b),
            _ => 0,
        };
        return order != 0 ? order : string.CompareOrdinal(Quality, other.Quality);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static int Rank(object? value) => value switch
    {
        null => 0,
        double => 1,
        string => 2,
        _ => 3,
    };
}

/// <summary>
/// One machine of the reference model. At every instant it evaluates every rule, and looks for the next instant among
/// all there could be: nothing is kept that could be worked out again.
/// </summary>
internal sealed class ReferenceMachine(string equipment, Action<string, string, object> emit)
{
    private readonly Dictionary<string, TagMemory> _tags = [];
    private readonly List<ReferenceReading> _waiting = [];
    private readonly Dictionary<string, (long? Stopped, long? Started, int Ordinal)> _gone = [];
    private Dictionary<(string, long), ReferenceWindow> _windows = [];
    private List<ReferenceRuleState> _rules = [];

    public HashSet<string> Sources { get; } = [];

    public List<ReferenceReading> Received { get; } = [];

    public long? Watermark { get; private set; }

    public long? Now { get; private set; }

    public void Bind(IEnumerable<ReferenceRule> rules)
    {
        _rules = [.. rules.Where(rule => rule.Covers(equipment)).Select(rule => new ReferenceRuleState(rule, equipment, emit))];
        TrackWindows();
    }

    public void Receive(ReferenceReading reading)
    {
        if (reading.At == Watermark)
        {
            Instant(reading.At, [reading]);
            return;
        }

        _waiting.Add(reading);
        if (_waiting.Count > 65_536)
        {
            Advance(_waiting.Min(waiting => waiting.At));
        }
    }

    public void Advance(long watermark)
    {
        if (watermark <= Watermark)
        {
            return;
        }

        Watermark = watermark;
        while (true)
        {
            var next = _waiting.Select(reading => (long?)reading.At).Append(NextTimer()).Min();
            if (next is null || next > watermark)
            {
                return;
            }

            var readings = _waiting.Where(reading => reading.At == next).ToList();
            _waiting.RemoveAll(reading => reading.At == next);
            Instant(next.Value, readings);
        }
    }

    public void ReplaceRules(IReadOnlyList<ReferenceRule> rules)
    {
        var old = _rules;
        var at = Now > Watermark ? Now : Watermark;
        _rules = [];
        foreach (var rule in rules.Where(rule => rule.Covers(equipment)))
        {
            var state = new ReferenceRuleState(rule, equipment, emit);
            if (old.Find(before => before.Rule.Id == rule.Id) is { } before)
            {
                state.GoOnFrom(before);
            }
            else if (_gone.TryGetValue(rule.Id, out var gone))
            {
                (state.Stopped, state.Started, state.Ordinal) = gone;
            }

            _rules.Add(state);
        }

        TrackWindows();
        if (at is null)
        {
            return;
        }

        Now = at;
        foreach (var state in old.Where(before => _rules.TrueForAll(s => s.Rule.Id != before.Rule.Id)))
        {
            state.Leave(at.Value);
            _gone[state.Rule.Id] = (state.Stopped, state.Started, state.Ordinal);
        }

        foreach (var state in _rules)
        {
            state.Settle(new View(this, state.Rule, at.Value), at.Value, "rules", isChange: true);
        }
    }

    private void TrackWindows() => _windows = _rules
        .SelectMany(state => state.Rule.Uses)
        .Where(use => use.Function is not ("" or "stale"))
        .Select(use => (use.Tag, use.Width))
        .Distinct()
        .ToDictionary(key => key, key => _windows.GetValueOrDefault(key) ?? new ReferenceWindow(key.Width));

    private long? NextTimer()
    {
        if (Now is not { } now)
        {
            return null;
        }

        var times = _rules.SelectMany(state => state.Deadlines()).Concat(_windows.Values.SelectMany(w => w.Expiries()));
        foreach (var state in _rules)
        {
            foreach (var (function, tag, width) in state.Rule.Uses)
            {
                var limit = function == "stale" ? width : state.Rule.StaleAfter;
                if (limit is not null && _tags.TryGetValue(tag, out var memory))
                {
                    times = times.Append(memory.SeenAt + limit.Value);
                }
            }
        }

        return times.Where(time => time > now).Select(time => (long?)time).Min();
    }

    private void Instant(long at, List<ReferenceReading> readings)
    {
        Now = at;
        readings.Sort();
        readings.ForEach(Apply);
        foreach (var state in _rules)
        {
            state.Settle(new View(this, state.Rule, at), at, readings.Count > 0 ? "reading" : "timer", isChange: false);
        }
    }

    private void Apply(ReferenceReading reading)
    {
        if (!_tags.TryGetValue(reading.Tag, out var tag))
        {
            _tags[reading.Tag] = tag = new TagMemory();
        }

        tag.SeenAt = reading.At;
        tag.Value = reading.Quality == "bad" ? null : reading.Value;
        if (tag.Value is double number)
        {
            var grown = tag.Counter is not { } before ? 0 : number >= before ? number - before : number;
            tag.Counter = number;
            foreach (var ((name, _), window) in _windows)
            {
                if (name == reading.Tag)
                {
                    window.Add(reading.At, number, grown);
                }
            }
        }
    }

    private sealed class TagMemory
    {
        public long SeenAt { get; set; }

        public object? Value { get; set; }

        public double? Counter { get; set; }
    }

    private sealed record View(ReferenceMachine Machine, ReferenceRule Rule, long Now) : IReferenceTags
    {
        public object? ValueOf(string tag) =>
            Machine._tags.TryGetValue(tag, out var memory) && !(Now - memory.SeenAt >= Rule.StaleAfter)
                ? memory.Value
                : null;

        public object? IsStale(string tag, long widthMicros) =>
            Machine._tags.TryGetValue(tag, out var memory) ? Now - memory.SeenAt >= widthMicros : null;

        public object? WindowOf(string function, string tag, long widthMicros) =>
            ValueOf(tag) is null ? null : Machine._windows[(tag, widthMicros)].Value(function, Now);
    }
}
