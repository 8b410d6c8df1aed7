using System.Globalization;
using System.Text;
using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Benchmarks.Rules;

/// <summary>
/// What a rule change costs in a shard, by machine: CPU time of the slot that brings the new document, while 100,000
/// machines have a value of every tag and ten rules each. Documents are parsed and compiled outside of what is measured,
/// as they are in production.
/// </summary>
internal sealed class RuleChangeCost : IBenchCommand
{
    private const int MachineCount = 100_000;
    private const int RuleCount = 10;
    private const int RunCount = 11;

    public string Name => "rule-change";

    public string Says => "what a rule change costs in a shard by machine, by how many of ten rules it changes";

    public int Run(string[] args)
    {
        var names = new NameTables();
        var transitions = 0L;
        using var replay = new ReplayRun(names, shardCount: 1, batchSlots: 4096, new TimeOptions(), _ => transitions++);
        Change(replay, Document(0, 0));
        Fill(names, replay);
        var before = transitions;
        var result = new BenchResult(Name, "A rule change in a shard", args)
        {
            Verified = "no change of a threshold that no value crosses made a record, and the change to rules that all machines meet made ten transitions each",
            Notes = $"{MachineCount:N0} machines in one shard, {RuleCount} rules with a hold each, 20 tags. CPU of the slot divided by machines.",
        };
        foreach (var changed in new[] { 0, 1, RuleCount })
        {
            Measure(replay, changed, salt: -1);
            var rules = changed == 0 ? RuleCount : changed;
            double[] runs = [.. Enumerable.Range(0, RunCount).Select(run => Measure(replay, changed, run) / rules)];
            result.Add(new Figure(
                "by machine and rule",
                $"{changed} of {RuleCount} rules changed, for each that {(changed == 0 ? "stayed" : "changed")}",
                "CPU",
                "ns",
                runs) { Goal = Goal.AtMost(changed == 0 ? 1 : 150) });
        }

        Engine.Invariant.Holds(transitions == before, "a change that no value meets makes no record");
        Change(replay, Document(RuleCount, 0, limit: 0));
        replay.Flush();
        Engine.Invariant.Holds(transitions - before == (long)MachineCount * RuleCount, "a change that every value meets makes a transition each");
        return result.Finish();
    }

    private static double Measure(ReplayRun replay, int changed, int salt)
    {
        Change(replay, Document(changed, salt));
        var before = Environment.CpuUsage.TotalTime;
        replay.Flush();
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / MachineCount;
    }

    private static void Change(ReplayRun replay, string text)
    {
        Engine.Invariant.Holds(RuleDocument.TryParse(text, out var document, out _), "the bench's documents are valid");
        Engine.Invariant.Holds(replay.TryAddRules(document, Slot.NoNumber, out _), "the bench's documents fit");
    }

    // The first so many rules get another threshold, which no value crosses; the title makes every document another.
    private static string Document(int changed, int salt, int limit = 1_000)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < RuleCount; rule++)
        {
            var threshold = limit == 0 ? 0 : rule < changed ? limit + salt + 2 : limit;
            text.Append(CultureInfo.InvariantCulture, $$"""
                - id: rule-{{rule}}
                  title: version {{salt}}
                  groups: [{ name: g, cases: [{ state: HIGH, when: tag{{rule}} > {{threshold}} and tag{{rule + 10}} > {{threshold}}{{(limit == 0 ? "" : ", for: 2s")}} }], else: NORMAL }]
                  downtime: { down: [HIGH], microStop: 10s }

                """);
        }

        return text.ToString();
    }

    private static void Fill(NameTables names, ReplayRun replay)
    {
        names.Sources.TryIntern("gateway"u8, 0, out var source);
        var atMicros = 1_700_000_000_000_000L;
        for (var tag = 0; tag < 20; tag++)
        {
            names.Tags.TryIntern(Utf8($"tag{tag}"), 0, out var tagIndex);
            for (var machine = 0; machine < MachineCount; machine++)
            {
                names.Equipment.TryIntern(Utf8($"machine-{machine}"), 0, out var equipment);
                replay.Add(ReplayRun.Control(SlotKind.Reading, ++atMicros) with
                {
                    EventTimeMicros = atMicros,
                    EquipmentIndex = equipment,
                    TagIndex = tagIndex,
                    SourceIndex = source,
                    ValueKind = ValueKind.Number,
                    ValueBits = BitConverter.DoubleToInt64Bits(50),
                    Quality = Quality.Good,
                });
            }
        }

        replay.Flush();
    }

    private static byte[] Utf8(FormattableString text) => Encoding.UTF8.GetBytes(FormattableString.Invariant(text));
}
