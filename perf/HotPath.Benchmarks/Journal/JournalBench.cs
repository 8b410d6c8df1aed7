using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using HotPath.Benchmarks.Results;
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
internal sealed class JournalBench(string directory, bool isQuick)
{
    private const int FrameSlots = SlotColumns.SlotsMax;
    private const int RingSlots = 1 << 16;
    private const int WriterSlots = 1 << 21;

    private readonly int _codecRuns = isQuick ? 2 : 15;
    private readonly int _diskRuns = isQuick ? 1 : 3;

    private static uint _crc;

    public int Run(string[] args)
    {
        var result = new BenchResult("journal", "A reading in the journal", args)
        {
            Verified = "every slot read back from columns and from the files, bit by bit, in every run",
            Notes = "One thread. Ceilings: a copy of a reading's 64 bytes, 4 to 5 ns; the disk's own fdatasync. The writer's wall time "
                + "contains the disk, its CPU time is that of the process in steps of the system's clock. Of the checksum, one lane stands "
                + "for what three lanes are compared with.",
        };
        result.Option("readings written to disk a run", WriterSlots);
        foreach (var plant in Plants.All)
        {
            Codec(result, plant);
            foreach (var sync in Enum.GetValues<JournalSync>())
            {
                WriteAndRead(result, plant, sync);
            }
        }

        result.NotMeasured("journal: another journal or log in the same run");
        return result.Finish();
    }

    private void Codec(BenchResult result, Plant plant)
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
        for (var repetition = 0; repetition < _codecRuns; repetition++)
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
        const string Table = "codec";
        result.Add(Table, plant.Name, "columns, write", write);
        result.Add(Table, plant.Name, "columns, read", readBack);
        result.Add(Table, plant.Name, "frame with LZ4 and checksum", frame);
        result.Add(Table, plant.Name, "checksum, three lanes", lanes);
        result.Add(Table, plant.Name, "checksum, one lane", lane);
        result.Add(new Figure(Table, plant.Name, "columns", "B", [(double)plainBytes / FrameSlots]));
        result.Add(new Figure(Table, plant.Name, "frame", "B", [(double)builder.Frame.Length / FrameSlots]));
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

    private void WriteAndRead(BenchResult result, Plant plant, JournalSync sync)
    {
        var path = Path.Combine(directory, $"hotpath-journal-bench-{Environment.ProcessId}");
        var write = new Measured($"writer, policy {sync}: wall");
        var cpu = new Measured($"writer, policy {sync}: cpu");
        var read = new Measured("reader with checksum, LZ4, columns");
        var slots = plant.Make(0, WriterSlots);
        for (var repetition = 0; repetition < _diskRuns; repetition++)
        {
            Directory.CreateDirectory(path);
            WriteAndReadOnce(slots, sync, path, write, cpu, read);
            Directory.Delete(path, recursive: true);
        }

        var name = $"{plant.Name}; sync {sync}";
        result.Add("on disk", name, "writer, wall", write);
        result.Add("on disk", name, "writer, CPU", cpu);
        result.Add("on disk", name, "reader, wall", read);
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
