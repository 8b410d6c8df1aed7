using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Tests.Shard.Saving;

public sealed class SavingAllocationTests
{
    [Fact]
    public void Saving_in_turn_and_before_a_change_allocates_nothing()
    {
        using var output = new ShardOutput();
        using var queue = new SaveQueue();
        var names = new NameTables();
        for (var index = 0; index < 2_000; index++)
        {
            names.Equipment.TryIntern(System.Text.Encoding.UTF8.GetBytes($"m{index}"), 0, out _);
        }

        names.Tags.TryIntern("a"u8, 0, out _);
        names.Sources.TryIntern("g"u8, 0, out _);
        using var shard = new ShardProcessor(0, 1, names, new RuleCatalog(names), output);
        shard.Saver.Attach(queue);
        var batch = new Slot[256];
        var lsn = 0L;
        var savedBytes = 0L;

        var allocated = new List<long>();
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var turn = 0; turn < 64; turn++)
            {
                Fill(batch, lsn, hasMarker: turn == 20);
                shard.Process(batch, lsn);
                lsn += batch.Length;
                shard.Saver.Slice(bytesMax: 4_096);
                savedBytes += TakeAll(output, queue);
            }

            while (shard.Saver.Slice() > 0)
            {
                savedBytes += TakeAll(output, queue);
            }

            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Contains(0L, allocated);
        Assert.True(savedBytes > 1_000_000);
    }

    private static void Fill(Slot[] batch, long lsn, bool hasMarker)
    {
        for (var index = 0; index < batch.Length; index++)
        {
            batch[index] = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = 1_700_000_000_000_000 + lsn + index,
                ReceivedAtMicros = 1_700_000_000_000_000 + lsn + index,
                SequenceNumber = Slot.NoNumber,
                EquipmentIndex = (int)((lsn + index) * 31 % 2_000),
                ValueKind = ValueKind.Number,
                ValueBits = lsn + index,
                Quality = Quality.Good,
            };
        }

        if (hasMarker)
        {
            batch[^1] = ReplayRun.Control(SlotKind.SnapshotMarker, Slot.NoNumber);
        }
    }

    private static long TakeAll(ShardOutput output, SaveQueue queue)
    {
        var bytes = 0L;
        while (queue.TryTake(out _, out var saved))
        {
            bytes += saved.Length;
        }

        while (output.TryPeek(out var record))
        {
            output.Advance(record.Length);
        }

        return bytes;
    }
}
