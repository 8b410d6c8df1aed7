using System.Globalization;
using System.Text;
using HotPath.Engine;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// What a reading costs in a shard processor: by machines, by rules on one tag, by flips. Each line is the median of
/// five runs after a warm-up; the readings are made outside of what is measured.
/// </summary>
internal static class RuleScaling
{
    private const int RunCount = 5;

    // Until the readings that a machine remembers have their full room; not to the end at a million machines.
    private const long WarmUpReadingsEach = 140;
    private const long WarmUpReadingsMax = 24_000_000;

    public static int Run(bool isQuick)
    {
        var readingCount = isQuick ? 1L << 19 : 1L << 21;
        Console.WriteLine("machines tags sources outOfOrder   ns CPU/reading  B/reading  bytes/machine  transitions/reading");
        Machines(1_000, 20, 10, 0, readingCount);
        Machines(100_000, 20, 10, 0, readingCount);
        Machines(100_000, 20, 100_000, 0, readingCount);
        Machines(100_000, 20, 10, 250_000, readingCount);
        Machines(1_000, 2, 10, 0, readingCount);
        Machines(1_000_000, 2, 10, 0, readingCount);
        Console.WriteLine("rules on one tag, flips a reading    ns CPU/reading  B/reading");
        foreach (var flips in new[] { 0, 1, 100 })
        {
            foreach (var rules in new[] { 1, 10, 100, 1_000, 10_000 })
            {
                Thresholds(rules, flips, readingCount / (flips == 100 ? 32 : 4));
            }
        }

        return 0;
    }

    private static void Machines(int machines, int tags, int sources, long outOfOrdernessMicros, long readingCount)
    {
        var options = new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMicros, IdleTimeoutMicros = 30_000_000 };
        using var load = new ShardLoad(machines, tags, sources, TenRules(tags), options);
        load.Fill();
        load.Random(Math.Min(machines * WarmUpReadingsEach, WarmUpReadingsMax), 1_000);
        var transitionsBefore = load.Counters.Transitions;
        var runs = Enumerable.Range(0, RunCount).Select(_ => load.Random(readingCount, 1_000)).ToList();
        var perReading = (double)(load.Counters.Transitions - transitionsBefore) / (RunCount * readingCount);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{machines,8} {tags,4} {sources,7} {outOfOrdernessMicros / 1000,8} ms {Median(runs),10:F1} {runs.Max(r => r.AllocatedBytesEach),10:F3} {load.UsedBytes / machines,14} {perReading,12:F5}"));
    }

    private static void Thresholds(int rules, int flips, long readingCount)
    {
        using var load = new ShardLoad(16, 1, 1, ThresholdRules(rules), new TimeOptions());
        load.Fill();
        var (low, high) = (0.25, flips == 0 ? 0.5 : Math.Min(flips, rules) + 0.25);
        load.ToAndFro(readingCount, low, high);
        var runs = Enumerable.Range(0, RunCount).Select(_ => load.ToAndFro(readingCount, low, high)).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rules,6} {Math.Min(flips, rules),20} {Median(runs),19:F1} {runs.Max(r => r.AllocatedBytesEach),10:F3}"));
    }

    private static double Median(List<LoadMeasure> runs) => runs.Select(run => run.NanosecondsEach).Order().ElementAt(RunCount / 2);

    private static string TenRules(int tags)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < 10; rule++)
        {
            var (first, second) = ($"tag{rule % tags}", $"tag{(rule + 10) % tags}");
            var when = rule % 3 == 0 ? $"{first} > 90 and {second} > 10" : $"{first} > {80 + rule}";
            text.Append(CultureInfo.InvariantCulture, $$"""
                - id: rule-{{rule}}
                  staleAfter: 1h
                  groups: [{ name: g, cases: [{ state: HIGH, when: {{when}}, for: {{rule % 4}}s }], else: NORMAL, unknown: NO_DATA }]
                  downtime: { down: [HIGH], unknown: [NO_DATA], microStop: 10s }

                """);
        }

        return text.ToString();
    }

    private static string ThresholdRules(int count)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < count; rule++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {{ id: r{rule}, groups: [{{ name: g, cases: [{{ state: HIGH, when: tag0 > {rule + 1} }}], else: LOW }}] }}\n");
        }

        return text.ToString();
    }
}
