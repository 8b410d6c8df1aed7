using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Journal;

/// <summary>
/// What a reading costs the journal, in nanoseconds and bytes: columns, checksum, compression, the writer on a real
/// disk under each policy, the reader. Every figure counts only after the slots that were read back were compared.
/// Ceilings: a copy of 64 bytes (4 to 5 ns), the page cache (15 ns for 64 bytes), fdatasync (LIMITS 7).
/// </summary>
internal static class JournalBench
{
    private const int Repetitions = 15;
    private const int FrameSlots = SlotColumns.SlotsMax;
    private const int RingSlots = 1 << 16;
    private const int WriterSlots = 1 << 21;

    private static uint _crc;

    public static void Run(TextWriter into, string directory)
    {
        foreach (var plant in Plants.All)
        {
            into.WriteLine();
            into.WriteLine(plant.Name);
            Codec(into, plant);
            foreach (var sync in Enum.GetValues<JournalSync>())
            {
                WriteAndRead(into, plant, sync, directory);
            }
        }
    }

    private static void Codec(TextWriter into, Plant plant)
    {
        using var columns = new SlotColumns();
        using var builder = new FrameBuilder(new NoDocuments(), mayCompress: true);
        var slots = plant.Make(0, FrameSlots);
        var plain = new byte[SlotColumns.BytesMax(FrameSlots) + 8];
        var read = new Slot[FrameSlots];
        int plainBytes = 0;
        var write = new Measured("columns, write");
        var readBack = new Measured("columns, read");
        var frame = new Measured("frame with LZ4 and checksum, build");
        var lanes = new Measured("checksum of the columns, three lanes");
        var lane = new Measured("checksum of the columns, one lane");
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            const int Rounds = 100;
            write.Take(Rounds * FrameSlots, () => Repeat(Rounds, () => plainBytes = columns.Write(slots, plain)));
            readBack.Take(Rounds * FrameSlots, () => Repeat(Rounds, () => columns.TryRead(plain.AsSpan(0, plainBytes), read)));
            lanes.Take(Rounds * FrameSlots, () => Repeat(Rounds, () => _crc = Crc32C.Append(_crc, plain.AsSpan(0, plainBytes))));
            lane.Take(Rounds * FrameSlots, () => Repeat(Rounds, () => _crc = OneLane(_crc, plain.AsSpan(0, plainBytes))));
            frame.Take(Rounds * FrameSlots, () => Repeat(Rounds, () =>
            {
                builder.BuildSlots(slots, 0);
                builder.Seal(-1, 0, 1);
            }));
        }

        Invariant.Holds(slots.AsSpan().SequenceEqual(read, new SlotBits()));
        into.WriteLine(write);
        into.WriteLine(readBack);
        into.WriteLine(lanes);
        into.WriteLine(lane);
        into.WriteLine(frame);
        into.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bytes of a reading: columns {(double)plainBytes / FrameSlots:F2}, in the frame {(double)builder.Frame.Length / FrameSlots:F2} ({builder.Header.Codec})"));
    }

    private static uint OneLane(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        return crc;
    }

    private static void Repeat(int rounds, Action action)
    {
        for (var round = 0; round < rounds; round++)
        {
            action();
        }
    }

    private static void WriteAndRead(TextWriter into, Plant plant, JournalSync sync, string directory)
    {
        var path = Path.Combine(directory, $"hotpath-journal-bench-{Environment.ProcessId}");
        var write = new Measured($"writer, policy {sync}: wall");
        var cpu = new Measured($"writer, policy {sync}: cpu");
        var read = new Measured("reader with checksum, LZ4, columns");
        var slots = plant.Make(0, WriterSlots);
        for (var repetition = 0; repetition < 5; repetition++)
        {
            Directory.CreateDirectory(path);
            WriteAndReadOnce(slots, sync, path, write, cpu, read);
            Directory.Delete(path, recursive: true);
        }

        into.WriteLine(write);
        into.WriteLine(cpu);
        into.WriteLine(read);
    }

    private static void WriteAndReadOnce(
        Slot[] slots, JournalSync sync, string path, Measured write, Measured cpu, Measured read)
    {
        var options = new EngineOptions { DataDirectory = path, RingSlots = RingSlots, JournalSync = sync };
        using var journal = Engine.Journal.Journal.Open(new LibcDisk(path), new NameTables(), options, new SystemClock());
        using var ring = new RingBuffer(RingSlots, 0, new BusySpinWaitStrategy());
        using var writer = journal.NewWriter(ring, new RejectsBuffer(), new NoDocuments());
        using var process = Process.GetCurrentProcess();
        var elapsed = TimeSpan.Zero;
        var used = TimeSpan.Zero;
        for (var at = 0; at < slots.Length; at += 8_192)
        {
            Publish(ring, slots.AsSpan(at, 8_192));
            process.Refresh();
            var usedBefore = process.TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            while (writer.DoWork() > 0)
            {
            }

            elapsed += Stopwatch.GetElapsedTime(start);
            process.Refresh();
            used += process.TotalProcessorTime - usedBefore;
            journal.Preparer.DoWork();
        }

        writer.OnClose();
        write.Note(elapsed, slots.Length);
        cpu.Note(used, slots.Length);
        Read(journal, slots, read);
    }

    private static void Publish(RingBuffer ring, ReadOnlySpan<Slot> slots)
    {
        Invariant.Holds(ring.Sequencer.TryClaim(slots.Length, RingSlots, out var lsn) == ClaimOutcome.Claimed);
        slots.CopyTo(ring.SlotsFrom(lsn, slots.Length));
        ring.Publish(lsn, lsn + slots.Length - 1);
    }

    private static void Read(Engine.Journal.Journal journal, Slot[] slots, Measured read)
    {
        using var reader = journal.NewReader(0);
        var count = 0;
        read.Take(slots.Length, () =>
        {
            while (reader.TryRead(slots.Length - 1) == JournalRead.Slots)
            {
                count += reader.Slots.Length;
            }
        });
        Invariant.Holds(count == slots.Length);
        using var again = journal.NewReader(0);
        while (again.TryRead(slots.Length - 1) == JournalRead.Slots)
        {
            Invariant.Holds(again.Slots.SequenceEqual(slots.AsSpan((int)again.FirstLsn, again.Slots.Length), new SlotBits()));
        }
    }

    private sealed class SlotBits : IEqualityComparer<Slot>
    {
        public bool Equals(Slot left, Slot right) =>
            MemoryMarshal.AsBytes(new ReadOnlySpan<Slot>(ref left))
                .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<Slot>(ref right)));

        public int GetHashCode(Slot slot) => slot.SequenceNumber.GetHashCode();
    }

    private sealed class NoDocuments : IRuleDocumentBytes
    {
        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => default;
    }
}
