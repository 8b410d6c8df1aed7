using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.TestKit.Reference;

/// <summary>Runs a recorded case through the engine's shard processors and gives the rows as a replay prints them.</summary>
internal static class EngineRun
{
    /// <param name="recorded">Options, rules and lines.</param>
    /// <param name="shardCount">Shards.</param>
    /// <param name="batchSlots">Slots that a shard is handed at a time.</param>
    /// <param name="hasEnd">Input ends behind the last line; a service's never does.</param>
    public static IReadOnlyList<string> Rows(RecordedCase recorded, int shardCount, int batchSlots, bool hasEnd = true)
    {
        var names = new NameTables();
        var rows = new ReplayRows(names);
        using var run = new ReplayRun(names, shardCount, batchSlots, recorded.Options, rows.Add);
        AddRules(run, recorded.Rules, Slot.NoNumber);
        var reader = new PlainLineReader(names, recorded.TimestampUnitMicros);
        foreach (var line in recorded.Lines)
        {
            if (TimeLine.Is(line))
            {
                Require(ReplayControl.TryReceivedAt(line, out var receivedAtMicros, out var unread), unread);
                run.Add(ReplayRun.TimeOptionsSlot(TimeLine.Read(line), receivedAtMicros));
                continue;
            }

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

        if (hasEnd)
        {
            run.Finish();
        }
        else
        {
            run.Flush();
        }

        return [.. rows.InOrder(), run.Summary()];
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
}
