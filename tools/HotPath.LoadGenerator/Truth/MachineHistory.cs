using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Truth;

/// <summary>
/// One machine's plan as segments of event time, from the first scan to the last of the closing scene. Derived from the
/// phases alone: no reading is made for it.
/// </summary>
internal sealed class MachineHistory
{
    private readonly Timetable _timetable;
    private readonly int _place;
    private readonly List<Phase> _phases = [];
    private readonly List<Segment> _segments = [];

    public MachineHistory(PlanOptions options, Gateway gateway, Timetable timetable, int place)
    {
        _timetable = timetable;
        _place = place;
        CutPlan(new MachinePlan(options.Seed, gateway.MachineFirst + place, options), options.ClosingScans);
        DrawSegments();
    }

    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>Scans that were heard, each of which holds every tag once.</summary>
    public long ScansHeard => _phases.Where(phase => phase.Heard).Sum(phase => phase.ScanCount);

    public long FirstMicros => MicrosOf(0);

    public long LastMicros => MicrosOf(_phases[^1].EndScan - 1);

    /// <summary>
    /// Whether a scan was heard at exactly this time; else only a timer can be the cause of what happens.
    /// </summary>
    public bool HeardAt(long micros)
    {
        var scan = _timetable.ScanAt(micros, _place);
        if (scan < 0 || scan >= _phases[^1].EndScan)
        {
            return false;
        }

        var low = 0;
        for (var high = _phases.Count - 1; low < high;)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _phases[middle].FirstScan <= scan ? (middle, high) : (low, middle - 1);
        }

        return _phases[low].Heard;
    }

    private long MicrosOf(long scan) => _timetable.MillisOf(scan, _place) * 1_000;

    private void CutPlan(MachinePlan plan, int closingScans)
    {
        var end = _timetable.EndScan;
        var phase = plan.Next();
        for (; phase.EndScan < end; phase = plan.Next())
        {
            _phases.Add(phase);
        }

        _phases.Add(phase with { ScanCount = end - phase.FirstScan });
        _phases.Add(MachinePlan.Closing(phase, end) with { ScanCount = closingScans });
    }

    private void DrawSegments()
    {
        // The first counter grows over nothing, so the window is dry until the second scan of a machine that runs.
        long? lastHeard = null;
        var counter = 0u;
        long grownAt = long.MinValue / 2;
        foreach (var phase in _phases.Where(phase => phase.Heard))
        {
            var from = MicrosOf(phase.FirstScan);
            AddSilence(lastHeard, from, grownAt);
            var grew = lastHeard is not null && phase.CounterAt(phase.FirstScan) > counter;
            grownAt = grew ? from : grownAt;
            Add(new Segment { FromMicros = from, Condition = phase.Condition, Dry = IsDry(grownAt, from) });
            if (phase.UnitsPerScan > 0 && phase.ScanCount > 1)
            {
                // The counter grows at every further scan; a step is shorter than the window, so it never dries here.
                Add(_segments[^1] with { FromMicros = MicrosOf(phase.FirstScan + 1), Dry = false });
                grownAt = MicrosOf(phase.EndScan - 1);
            }

            lastHeard = MicrosOf(phase.EndScan - 1);
            counter = phase.CounterAt(phase.EndScan - 1);
            AddDrying(grownAt, lastHeard.Value);
        }
    }

    /// <summary>Between the last scan heard and the next: the values stay, until they are stale.</summary>
    private void AddSilence(long? lastHeard, long until, long grownAt)
    {
        if (lastHeard is not { } heard)
        {
            return;
        }

        var stale = heard + DemoRules.StaleMicros;
        AddDrying(grownAt, Math.Min(stale, until) - 1);
        if (stale < until)
        {
            Add(_segments[^1] with { FromMicros = stale, Stale = true, Dry = IsDry(grownAt, stale) });
            AddDrying(grownAt, until - 1);
        }
    }

    /// <summary>
    /// The window runs dry at this moment, if that is after the last segment began and not after the limit.
    /// </summary>
    private void AddDrying(long grownAt, long limit)
    {
        var dry = DryFrom(grownAt);
        if (!_segments[^1].Dry && dry > _segments[^1].FromMicros && dry <= limit)
        {
            Add(_segments[^1] with { FromMicros = dry, Dry = true });
        }
    }

    private static bool IsDry(long grownAt, long micros) => micros >= DryFrom(grownAt);

    /// <summary>When the bucket that holds the last growth leaves the window of 60 buckets (RULES.md).</summary>
    private static long DryFrom(long grownAt)
    {
        const long bucketMicros = DemoRules.OutputWindowMicros / 60;
        return (Math.DivRem(grownAt, bucketMicros).Quotient + 60) * bucketMicros;
    }

    private void Add(in Segment segment)
    {
        if (_segments.Count > 0 && _segments[^1].FromMicros == segment.FromMicros)
        {
            _segments.RemoveAt(_segments.Count - 1);
        }

        _segments.Add(segment);
    }
}
