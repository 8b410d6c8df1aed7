using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Restart;

/// <summary>
/// A journal of a wanted size with the snapshots that belong to it, made by an engine in this process: readings that do not
/// compress well, full doubles at times in microseconds. It ends as a kill ends it. One thread.
/// </summary>
internal static class BulkJournal
{
    private const long StartMicros = 1_600_000_000_000_000;
    public static (long Readings, long Bytes) Make(string directory, long bytes)
    {
        var options = new EngineOptions { DataDirectory = directory, JournalSync = JournalSync.None };
        using var engine = HotPathEngine.Open(options, new SystemClock());
        var agents = engine.ThreadAgents(int.MaxValue);
        RestartPlant.Begin(engine, hotAbove: 0.999);
        using var block = new StagingBlock(RestartPlant.BlockSlots, RestartPlant.BlockSlots);
        var inlet = engine.NewInlet();
        var random = new Random(3);
        var readings = 0L;
        while (engine.JournalWriter.Counters.FrameBytes < bytes)
        {
            Fill(block, readings, random);
            readings += RestartPlant.BlockSlots;
            RestartPlant.Publish(inlet, block, agents);
        }

        var lastLsn = engine.Ring.Sequencer.NextLsn - 1;
        while (engine.SafeLsn < lastLsn)
        {
            RestartPlant.TurnAll(agents);
        }

        return (readings, engine.JournalWriter.Counters.FrameBytes);
    }

    private static void Fill(StagingBlock block, long first, Random random)
    {
        block.Clear();
        for (var index = first; index < first + RestartPlant.BlockSlots; index++)
        {
            var atMicros = StartMicros + (index * 25) + random.Next(25);
            block.Add() = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = atMicros,
                ReceivedAtMicros = atMicros + random.Next(2_000_000),
                SequenceNumber = index,
                CreatedAtMicros = atMicros - random.Next(2_000_000),
                EquipmentIndex = (int)(index / RestartPlant.TagCount % RestartPlant.MachineCount),
                TagIndex = (int)(index % RestartPlant.TagCount),
                Model = Slot.NoModel,
                ValueKind = ValueKind.Number,
                ValueBits = BitConverter.DoubleToInt64Bits(random.NextDouble()),
                Quality = Quality.Good,
            };
        }
    }
}
