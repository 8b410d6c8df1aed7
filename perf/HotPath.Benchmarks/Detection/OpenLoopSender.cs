using System.Diagnostics;
using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Detection;

/// <summary>
/// Sends readings at times that are fixed beforehand, on a core of its own, whatever became of those before. Reading
/// number i is due i intervals after the start; one in <see cref="FlipEvery"/> crosses the threshold of its machine.
/// </summary>
internal sealed class OpenLoopSender
{
    public const int FlipEvery = 50;
    private const int MachineCount = 1_000;

    private readonly Inlet _inlet;
    private readonly double _ticksEach;
    private readonly int[] _equipment;
    private readonly int _tag;
    private readonly int _source;
    private long _startTicks;

    public OpenLoopSender(Inlet inlet, NameTables names, int readingsPerSecond)
    {
        _inlet = inlet;
        _ticksEach = (double)Stopwatch.Frequency / readingsPerSecond;
        _equipment = [.. Enumerable.Range(0, MachineCount).Select(index => Intern(names.Equipment, $"machine-{index}"))];
        _tag = Intern(names.Tags, "level");
        _source = Intern(names.Sources, "gateway");
    }

    /// <summary>The LSN of reading 0, once it is sent; readings follow each other without a gap.</summary>
    public long LsnFirst { get; private set; } = -1;

    public static bool IsFlip(long reading) => reading >= MachineCount && reading % FlipEvery == 0;

    /// <summary>Nanoseconds from when a reading should have been sent until a time stamp.</summary>
    public double Nanoseconds(long reading, long untilTicks) =>
        (untilTicks - _startTicks - (reading * _ticksEach)) * 1e9 / Stopwatch.Frequency;

    public void Send(long readingCount, int cpu)
    {
        Libc.PinThisThread(cpu).ThrowIfFailed($"The sender cannot be kept on cpu {cpu}");
        using var block = new StagingBlock(1024, 1024);
        var epochMicros = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000;
        _startTicks = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 100);
        for (var sent = 0L; sent < readingCount;)
        {
            var due = Math.Min(readingCount, (long)((Stopwatch.GetTimestamp() - _startTicks) / _ticksEach) + 1);
            for (var count = 0; sent + count < due && count < 256; count++)
            {
                Write(ref block.Add(), sent + count, epochMicros + ((sent + count) * 2));
            }

            if (block.Count > 0)
            {
                sent += Publish(block);
            }
        }
    }

    private int Publish(StagingBlock block)
    {
        long lsnFirst;
        while (_inlet.TryPublish(block, out lsnFirst) != PublishOutcome.Published)
        {
            // The ring is full: whoever waits in it gets later, and is counted so.
        }

        LsnFirst = LsnFirst < 0 ? lsnFirst : LsnFirst;
        var count = block.Count;
        block.Clear();
        return count;
    }

    // A machine alternates between low and high at each of its flips, and else repeats what it is at. Machines are met in
    // an order in which a flip, every 50th reading, finds each of them in turn.
    private void Write(ref Slot slot, long reading, long nowMicros)
    {
        var machine = reading < MachineCount ? reading
            : IsFlip(reading) ? reading / FlipEvery % MachineCount
            : reading * 7 % MachineCount;
        var isHigh = reading >= MachineCount && (FlipsUpTo(machine, reading) & 1) == 1;
        slot = new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = nowMicros,
            ReceivedAtMicros = nowMicros,
            CreatedAtMicros = Slot.NoNumber,
            SequenceNumber = reading,
            EquipmentIndex = _equipment[machine],
            TagIndex = _tag,
            SourceIndex = _source,
            ValueKind = ValueKind.Number,
            ValueBits = BitConverter.DoubleToInt64Bits(isHigh ? 95 : 40 + (reading & 15)),
            Quality = Quality.Good,
            Model = Slot.NoModel,
        };
    }

    // Flips are readings f x 50 with f = machine, machine + 1,000, ..., from f = 20 on.
    private static long FlipsUpTo(long machine, long reading)
    {
        var last = reading / FlipEvery;
        var first = machine >= MachineCount / FlipEvery ? machine : machine + MachineCount;
        return last < first ? 0 : ((last - first) / MachineCount) + 1;
    }

    private static int Intern(NameDirectory directory, string name) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(name), 0, out var index) is InternOutcome.Added or InternOutcome.Known
            ? index
            : throw new InvalidOperationException($"There is no room for {name}.");
}
