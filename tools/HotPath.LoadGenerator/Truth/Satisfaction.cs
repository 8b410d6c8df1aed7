namespace HotPath.LoadGenerator.Truth;

/// <summary>A time in which a case counts: [On, Off). It was first met at MetAt and no longer from UnmetAt.</summary>
internal readonly record struct Satisfaction(long MetAt, long On, long UnmetAt, long Off)
{
    /// <summary>All times in which a case counts, by interval arithmetic over the segments.</summary>
    public static List<Satisfaction> Of(ExpectedCase expected, IReadOnlyList<Segment> segments)
    {
        var satisfactions = new List<Satisfaction>();
        foreach (var (met, unmet) in MetRuns(expected, segments))
        {
            if (satisfactions.Count > 0 && met <= satisfactions[^1].Off)
            {
                // Met again before the off-delay had run out: it never stopped counting.
                var off = After(unmet, expected.ClearMicros);
                satisfactions[^1] = satisfactions[^1] with { UnmetAt = unmet, Off = off };
            }
            else if (After(met, expected.ForMicros) < unmet || expected.ForMicros == 0)
            {
                satisfactions.Add(
                    new(met, After(met, expected.ForMicros), unmet, After(unmet, expected.ClearMicros)));
            }
        }

        return satisfactions;
    }

    /// <summary>Maximal runs of segments in which the case is met, with its hysteresis.</summary>
    private static IEnumerable<(long Met, long Unmet)> MetRuns(ExpectedCase expected, IReadOnlyList<Segment> segments)
    {
        long? metAt = null;
        foreach (var segment in segments)
        {
            var met = expected.When(segment) == Verdict.True
                || (metAt is not null && expected.Until?.Invoke(segment) == Verdict.False);
            if (met && metAt is null)
            {
                metAt = segment.FromMicros;
            }
            else if (!met && metAt is { } from)
            {
                yield return (from, segment.FromMicros);
                metAt = null;
            }
        }

        if (metAt is { } last)
        {
            yield return (last, long.MaxValue);
        }
    }

    private static long After(long micros, long delay) => micros == long.MaxValue ? micros : micros + delay;
}
