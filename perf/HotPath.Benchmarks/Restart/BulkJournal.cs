using System.Text;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Benchmarks.Restart;

/// <summary>
/// A journal of a wanted size with the snapshots that belong to it, made by an engine in this process: readings that do not
/// compress well, full doubles at times in microseconds. It ends as a kill ends it. One thread.
/// </summary>
internal static class BulkJournal
{
    private const int MachineCount = 5_000;
    private const int TagCount = 8;
    private const int BlockSlots = 512;
    private const long StartMicros = 1_600_000_000_000_000;
    private const string Rules = """
        version: 1
        rules:
          - id: line
            groups:
              - name: g
                cases: [{ state: HOT, when: tag0 > 0.999, for: 5s, clear: 2s }]
                else: RUN
            downtime: { down: [HOT], microStop: 10s }
        """;

    public static (long Readings, long Bytes) Make(string directory, long bytes)
    {
        var options = new EngineOptions { DataDirectory = directory, JournalSync = JournalSync.None };
        using var engine = HotPathEngine.Open(options, new SystemClock());
        var agents = engine.ThreadAgents(int.MaxValue);
        if (!RuleDocument.TryParse(Rules, out var document, out _) || !engine.TryChangeRules(document, out _, out _))
        {
            throw new InvalidOperationException("the rules are not taken");
        }

        Intern(engine.Names);
        using var block = new StagingBlock(BlockSlots, BlockSlots);
        var inlet = engine.NewInlet();
        var random = new Random(3);
        var readings = 0L;
        while (engine.JournalWriter.Counters.FrameBytes < bytes)
        {
            Fill(block, readings, random);
            readings += BlockSlots;
            while (inlet.TryPublish(block, out _) != PublishOutcome.Published)
            {
                TurnAll(agents);
            }
        }

        var lastLsn = engine.Ring.Sequencer.NextLsn - 1;
        while (engine.SafeLsn < lastLsn)
        {
            TurnAll(agents);
        }

        return (readings, engine.JournalWriter.Counters.FrameBytes);
    }

    private static void TurnAll(IReadOnlyList<IAgent> agents)
    {
        foreach (var agent in agents)
        {
            agent.DoWork();
        }
    }

    private static void Intern(NameTables names)
    {
        for (var index = 0; index < MachineCount; index++)
        {
            names.Equipment.TryIntern(Encoding.UTF8.GetBytes($"machine-{index}"), 0, out _);
        }

        for (var index = 0; index < TagCount; index++)
        {
            names.Tags.TryIntern(Encoding.UTF8.GetBytes($"tag{index}"), 0, out _);
        }

        names.Sources.TryIntern("gateway"u8, 0, out _);
    }

    private static void Fill(StagingBlock block, long first, Random random)
    {
        block.Clear();
        for (var index = first; index < first + BlockSlots; index++)
        {
            var atMicros = StartMicros + (index * 25) + random.Next(25);
            block.Add() = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = atMicros,
                ReceivedAtMicros = atMicros + random.Next(2_000_000),
                SequenceNumber = index,
                CreatedAtMicros = atMicros - random.Next(2_000_000),
                EquipmentIndex = (int)(index / TagCount % MachineCount),
                TagIndex = (int)(index % TagCount),
                Model = Slot.NoModel,
                ValueKind = ValueKind.Number,
                ValueBits = BitConverter.DoubleToInt64Bits(random.NextDouble()),
                Quality = Quality.Good,
            };
        }
    }
}
