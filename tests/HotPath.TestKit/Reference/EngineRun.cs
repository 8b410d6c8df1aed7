using System.Text.Json;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.TestKit.Reference;

/// <summary>Runs a recorded case through the engine's shard processors and gives the rows as a replay prints them.</summary>
internal static class EngineRun
{
    public static IReadOnlyList<string> Rows(RecordedCase recorded, int shardCount, int batchSlots)
    {
        var names = new NameTables();
        var rows = new ReplayRows(names);
        using var run = new ReplayRun(names, shardCount, batchSlots, recorded.Options, rows.Add);
        AddRules(run, recorded.Rules, Slot.NoNumber);
        var reader = new ReplayLineReader(names, recorded.TimestampUnitMicros);
        foreach (var line in recorded.Lines)
        {
            Require(reader.TryRead(line, out var slot, out var rules, out var refusal), refusal);
            if (rules is null)
            {
                run.Add(slot);
            }
            else
            {
                AddRules(run, rules, slot.ReceivedAtMicros);
            }
        }

        run.Finish();
        return [.. rows.InOrder(), Summary(run)];
    }

    private static void AddRules(ReplayRun run, string text, long receivedAtMicros)
    {
        Require(RuleDocument.TryParse(text, out var document, out var faults), string.Join("\n", faults));
        Require(run.TryAddRules(document, receivedAtMicros, out faults), string.Join("\n", faults));
    }

    private static void Require(bool isTaken, string? refusal)
    {
        if (!isTaken)
        {
            throw new FormatException(refusal);
        }
    }

    private static string Summary(ReplayRun run) => JsonSerializer.Serialize(new
    {
        type = "summary",
        readings = run.Counters.Sum(c => c.Readings),
        late = run.Counters.Sum(c => c.Late),
        duplicate = run.Counters.Sum(c => c.Duplicate),
        future = run.Counters.Sum(c => c.Future),
    });
}
