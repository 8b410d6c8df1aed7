using System.Diagnostics;
using System.Threading.Channels;
using HotPath.Engine;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Ring;

/// <summary>
/// One producer, one consumer, a core each; 64-byte events, every word written and read, the sum checked.
/// <code>
/// producer (cpu 0) --> ring of 65,536 slots --> consumer (cpu 1)
/// </code>
/// Interleaved with System.Threading.Channels in one process, repetition by repetition, because the host moves cores:
/// before each repetition a ping-pong of one cache line says how far apart they are (near below 40 ns, mid below 100,
/// far). Only figures of one distance may be compared. Ceiling: a copy of 64 bytes, 4 to 5 ns.
/// </summary>
internal static class RingBench
{
    private const int Slots = 1 << 16;
    private const int Repetitions = 9;

    private static int _collections;

    public static void Run(TextWriter into)
    {
        var results = new SortedDictionary<string, Measured>(StringComparer.Ordinal);
        foreach (var batch in (int[])[1, 16, 256, 1024])
        {
            for (var repetition = 0; repetition < Repetitions; repetition++)
            {
                Note(results, $"ring, batch {batch,4}", OverRing(batch, 20_000_000));
                if (batch == 1)
                {
                    Note(results, "Channels bounded", OverChannel(2_000_000));
                }
            }
        }

        foreach (var result in results.Values)
        {
            into.WriteLine(result);
        }

        into.WriteLine($"collections during the runs of the ring: {_collections}");
    }

    private static void Note(SortedDictionary<string, Measured> results, string name, (TimeSpan Elapsed, long Count) run)
    {
        var distance = PingPong.OneWayNanoseconds();
        var bucket = distance < 40 ? "near" : distance < 100 ? "mid" : "far";
        var key = $"{name}, {bucket}";
        if (!results.TryGetValue(key, out var measured))
        {
            results.Add(key, measured = new Measured(key));
        }

        measured.Note(run.Elapsed, run.Count);
    }

    private static (TimeSpan Elapsed, long Count) OverRing(int batch, long count)
    {
        count = count / batch * batch;
        var strategy = new BusySpinWaitStrategy();
        using var ring = new RingBuffer(Slots, 0, strategy);
        var reader = ring.NewReader();
        var collectionsBefore = GC.CollectionCount(0);
        var run = TwoThreads.Run(
            count,
            () =>
            {
                for (var at = 0L; at < count; at += batch)
                {
                    long lsn;
                    while (ring.Sequencer.TryClaim(batch, Slots, out lsn) != ClaimOutcome.Claimed)
                    {
                        Thread.SpinWait(1);
                    }

                    WriteAll(ring, lsn, batch, at);
                    ring.Publish(lsn, lsn + batch - 1);
                }
            },
            () =>
            {
                var sum = 0L;
                for (var left = count; left > 0;)
                {
                    var slots = reader.Peek(8_192, out _);
                    foreach (ref readonly var slot in slots)
                    {
                        sum += SumOf(in slot);
                    }

                    if (slots.IsEmpty)
                    {
                        Thread.SpinWait(1);
                        continue;
                    }

                    reader.Release(slots.Length);
                    left -= slots.Length;
                    strategy.AfterWork(slots.Length);
                }

                return sum;
            });
        _collections += GC.CollectionCount(0) - collectionsBefore;
        return run;
    }

    private static void WriteAll(RingBuffer ring, long lsn, int count, long first)
    {
        var slots = ring.SlotsFrom(lsn, count);
        for (var index = 0; index < slots.Length; index++)
        {
            Fill(ref slots[index], first + index);
        }

        if (slots.Length < count)
        {
            WriteAll(ring, lsn + slots.Length, count - slots.Length, first + slots.Length);
        }
    }

    private static (TimeSpan Elapsed, long Count) OverChannel(long count)
    {
        var channel = Channel.CreateBounded<Slot>(
            new BoundedChannelOptions(Slots) { SingleReader = true, SingleWriter = true });
        return TwoThreads.Run(
            count,
            () =>
            {
                var slot = default(Slot);
                for (var at = 0L; at < count; at++)
                {
                    Fill(ref slot, at);
                    while (!channel.Writer.TryWrite(slot))
                    {
                        Thread.SpinWait(1);
                    }
                }
            },
            () =>
            {
                var sum = 0L;
                for (var left = count; left > 0;)
                {
                    if (channel.Reader.TryRead(out var slot))
                    {
                        sum += SumOf(in slot);
                        left--;
                    }
                    else
                    {
                        Thread.SpinWait(1);
                    }
                }

                return sum;
            });
    }

    private static void Fill(ref Slot slot, long number)
    {
        slot.EventTimeMicros = number;
        slot.ValueBits = number;
        slot.SequenceNumber = number;
        slot.CreatedAtMicros = number;
        slot.ReceivedAtMicros = number;
        slot.EquipmentIndex = slot.TagIndex = 1;
        slot.SourceIndex = slot.Model = 1;
        slot.Flags = 1;
        slot.Kind = SlotKind.Reading;
    }

    private static long SumOf(in Slot slot) =>
        slot.EventTimeMicros + slot.ValueBits + slot.SequenceNumber + slot.CreatedAtMicros + slot.ReceivedAtMicros
        + slot.EquipmentIndex + slot.TagIndex + slot.SourceIndex + slot.Model + slot.Flags;
}

/// <summary>Runs a producer on cpu 0 and a consumer on cpu 1 and checks the sum.</summary>
internal static class TwoThreads
{
    public static (TimeSpan Elapsed, long Count) Run(long count, Action produce, Func<long> consume)
    {
        using var start = new Barrier(2);
        var sum = 0L;
        var elapsed = TimeSpan.Zero;
        var producer = new Thread(() =>
        {
            Libc.PinThisThread(0);
            start.SignalAndWait();
            produce();
        });
        var consumer = new Thread(() =>
        {
            Libc.PinThisThread(Environment.ProcessorCount > 1 ? 1 : 0);
            start.SignalAndWait();
            var began = Stopwatch.GetTimestamp();
            sum = consume();
            elapsed = Stopwatch.GetElapsedTime(began);
        });
        producer.Start();
        consumer.Start();
        producer.Join();
        consumer.Join();

        // Five words of each event hold its number, five hold 1.
        Invariant.Holds(sum == (5 * count * (count - 1) / 2) + (5 * count));
        return (elapsed, count);
    }
}

/// <summary>How long a cache line takes from one core to the other.</summary>
internal static class PingPong
{
    private const int Rounds = 20_000;

    public static double OneWayNanoseconds()
    {
        var ball = new Sequence(0);
        using var start = new Barrier(2);
        var other = new Thread(() =>
        {
            Libc.PinThisThread(Environment.ProcessorCount > 1 ? 1 : 0);
            start.SignalAndWait();
            for (var round = 1L; round < 2 * Rounds; round += 2)
            {
                while (ball.Value != round)
                {
                }

                ball.Publish(round + 1);
            }
        });
        other.Start();
        var elapsed = TimeSpan.Zero;
        var pinned = new Thread(() =>
        {
            Libc.PinThisThread(0);
            start.SignalAndWait();
            var began = Stopwatch.GetTimestamp();
            for (var round = 0L; round < 2 * Rounds; round += 2)
            {
                ball.Publish(round + 1);
                while (ball.Value != round + 2)
                {
                }
            }

            elapsed = Stopwatch.GetElapsedTime(began);
        });
        pinned.Start();
        pinned.Join();
        other.Join();
        return elapsed.TotalNanoseconds / (2 * Rounds);
    }
}
