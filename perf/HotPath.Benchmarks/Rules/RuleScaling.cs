using System.Globalization;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Shard;
using Machine = HotPath.Engine.Shard.Machine;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// What a reading costs in one shard processor: by machines, by rules on one tag and flips, by disorder, with holds and
/// windows. Readings are made outside of what is measured; each case is warmed up, then run five times.
/// </summary>
internal sealed class RuleScaling(BenchResult result, bool isQuick)
{
    private const int RunCount = 5;
    private const string Cost = "CPU of a reading";
    private const string Allocated = "allocated a reading";

    // Until the readings that a machine remembers have their full room.
    private const long WarmUpReadingsEach = 130;

    private long ReadingCount => isQuick ? 1L << 19 : 1L << 21;

    public void Machines()
    {
        const string Table = "machines";
        Random(Table, new(1_000, 20, 10), 0, null);
        Random(Table, new(100_000, 20, 10), 0, Goal.AtMost(120));
        Random(Table, new(100_000, 20, 100_000), 0, null);
        var few = Random(Table, new(1_000, 2, 10), 0, null);
        var many = Random(Table, new(1_000_000, 2, 10), 0, null);
        result.Add(new Figure(Table, "1,000,000 machines x 2 tags against 1,000 x 2", "times", "x", [.. many.Select((run, at) => run / few[at])])
        {
            Goal = Goal.AtMost(4),
        });
        result.NotMeasured("rules: what the first 128 readings of a machine cost while its memory grows (a warm-up passes them)");
    }

    public void Disorder()
    {
        foreach (var seconds in new[] { 0, 1, 60 })
        {
            Random("disorder: 100,000 readings a second", new(10_000, 20, 10, 100_000), seconds * 1_000_000L, null);
        }
    }

    public void Thresholds()
    {
        var costs = new Dictionary<(int Rules, int Flips), double>();
        foreach (var rules in new[] { 1, 10, 100, 1_000, 10_000 })
        {
            foreach (var flips in new[] { 0, 1, 100 }.Where(flips => flips <= rules))
            {
                costs[(rules, flips)] = Thresholds(rules, flips);
            }
        }

        const string Table = "rules on one tag";
        result.Add(new Figure(Table, "10,000 rules against 10, one flip", "times", "x", [costs[(10_000, 1)] / costs[(10, 1)]])
        {
            Goal = Goal.AtMost(2),
        });
        result.Add(new Figure(Table, "10,000 rules: a + b x flips", "a", "ns", [costs[(10_000, 0)]]));
        result.Add(new Figure(Table, "10,000 rules: a + b x flips", "b", "ns", [(costs[(10_000, 100)] - costs[(10_000, 1)]) / 99]));
    }

    public void HoldsAndWindows()
    {
        const string Table = "holds and windows";
        foreach (var flips in new[] { 1, 100 })
        {
            using var load = new ShardLoad(new(16, 1, 1), RuleDocuments.Holds(100), new TimeOptions());
            ToAndFro(load, 100, flips);
            Note(Table, $"{flips} of 100 holds armed or disarmed by a reading", Runs(load, () => ToAndFro(load, 100, flips)), null);
        }

        foreach (var function in new[] { "avg", "max", "stddev", "zscore", "increase" })
        {
            using var load = new ShardLoad(new(1_000, 1, 10), RuleDocuments.Window(function), new TimeOptions());
            load.Random(ReadingCount, 1_000);
            Note(Table, $"{function}(tag, 10m), 1,000 machines", Runs(load, () => load.Random(ReadingCount, 1_000)), null);
        }
    }

    private double[] Random(string table, LoadPlant plant, long outOfOrdernessMicros, Goal? goal)
    {
        var options = new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMicros, IdleTimeoutMicros = 120_000_000 };
        using var load = new ShardLoad(plant, RuleDocuments.Ten(plant.Tags), options);
        if (outOfOrdernessMicros == 0)
        {
            load.Fill();
        }

        // Until as many readings wait as ever will, and twice that time: their memory has grown by then.
        var waitingMax = outOfOrdernessMicros * plant.ReadingsPerSecond / 1_000_000;
        load.Random(Math.Max((long)plant.Machines * WarmUpReadingsEach, 2 * waitingMax), 1_000);
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"{plant.Machines:N0} machines x {plant.Tags} tags, {plant.Sources:N0} sources, out of order {outOfOrdernessMicros / 1_000_000.0} s");
        var runs = Note(table, row, Runs(load, () => load.Random(ReadingCount, 1_000)), goal);
        if (plant is { Machines: 100_000, Sources: 10 })
        {
            Memory(load, plant);
        }

        return runs;
    }

    private void Memory(ShardLoad load, LoadPlant plant)
    {
        const string Table = "memory of a machine, 20 tags and 10 rules";
        var pooled = (double)load.UsedBytes / plant.Machines;
        var whole = pooled + Machine.SizeBytes + (2 * sizeof(int));
        unsafe
        {
            Part("the machine and its places", Machine.SizeBytes + (2 * sizeof(int)));
            Part("remembered readings", EngineLimits.RememberedReadings * sizeof(RememberedReading));
            Part("tags", plant.Tags * sizeof(TagState));
            Part("cases and rules", 10 * (sizeof(CaseClock) + sizeof(RuleState)));
        }

        result.Add(new Figure(Table, "all, timers and unused room included", "bytes", "B", [whole]) { Goal = Goal.AtMost(8192) });

        void Part(string name, int bytes) => result.Add(new Figure(Table, name, "bytes", "B", [bytes]));
    }

    private double Thresholds(int rules, int flips)
    {
        using var load = new ShardLoad(new(16, 1, 1), RuleDocuments.Thresholds(rules), new TimeOptions(), hasPeer: true);
        load.Fill();
        var peers = new List<double>();
        var runs = Runs(load, () =>
        {
            var shard = ToAndFro(load, rules, flips);
            peers.Add(load.Peer.NanosecondsEach);
            return shard;
        });
        if (!load.IsPeerEqual)
        {
            throw new InvalidOperationException($"{rules} rules, {flips} flips: the engines differ");
        }

        var row = string.Create(CultureInfo.InvariantCulture, $"{rules:N0} rules, {flips} flips a reading");
        var own = Note("rules on one tag", row, runs, null);
        result.Add(new Figure("rules on one tag", row, "each rule evaluated", "ns", [.. peers]));
        result.Add(new Figure("rules on one tag", row, "ratio", "x", [.. own.Select((run, at) => peers[at] / run)]));
        return own.Order().ElementAt(own.Length / 2);
    }

    // The straightforward engine needs microseconds for what it does with many rules.
    private LoadMeasure ToAndFro(ShardLoad load, int rules, int flips)
    {
        var (low, high) = (0.25, flips == 0 ? 0.5 : flips + 0.25);
        return load.ToAndFro(Math.Clamp((1L << 27) / rules, 1L << 14, ReadingCount / 4), low, high);
    }

    private static List<LoadMeasure> Runs(ShardLoad load, Func<LoadMeasure> run)
    {
        var runs = Enumerable.Range(0, RunCount).Select(_ => run()).ToList();
        if (!load.IsComplete)
        {
            throw new InvalidOperationException("Readings are missing, late or taken for duplicates.");
        }

        return runs;
    }

    private double[] Note(string table, string row, List<LoadMeasure> runs, Goal? goal)
    {
        double[] costs = [.. runs.Select(run => run.NanosecondsEach)];
        result.Add(new Figure(table, row, Cost, "ns", costs) { Goal = goal });
        result.Add(new Figure(table, row, Allocated, "B", [.. runs.Select(run => run.AllocatedBytesEach)]) { Goal = Goal.AtMost(0) });
        return costs;
    }
}
