using System.Text;
using HotPath.Benchmarks.Decode;
using HotPath.Benchmarks.Journal;
using HotPath.Benchmarks.Rules;
using HotPath.Delta.Parquet;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Sink;

namespace HotPath.Benchmarks.Allocation;

/// <summary>
/// Managed bytes that a reading costs in each stage, on one thread, after everything has been warm once. The same inputs
/// every time, so that a figure that grows has a cause in the code.
/// </summary>
internal static class AllocationStages
{
    private const int SlotCount = 1 << 17;
    private const int Rounds = 4;

    public static IEnumerable<(string Stage, double BytesPerReading)> Measure()
    {
        foreach (var stage in Decoders())
        {
            yield return stage;
        }

        foreach (var stage in JournalWriterAndReader())
        {
            yield return stage;
        }

        yield return ("shard", Shard());
        yield return ("rows of a flush, sorted", Rows(into: null));
        using var writer = new ParquetWriter(
            Stream.Null, TableSchemas.Readings.Columns, new ParquetWriterOptions { Compression = ParquetCompression.Zstd });
        yield return ("rows of a flush, sorted, as zstd Parquet", Rows(writer));
    }

    private static IEnumerable<(string Stage, double BytesPerReading)> Decoders()
    {
        var corpus = new DecodeCorpus();
        var names = new NameTables();
        names.Sources.TryIntern("sender"u8, 0, out _);
        using var decoder = new RecordDecoder(names, new NameQuota());
        using var block = new StagingBlock(4096, 4 * EngineLimits.RecordReadingsMax);
        (string Name, List<byte[]> Records)[] forms =
        [
            ("JSON", corpus.Json), ("JSON in any order", corpus.JsonAnyOrder), ("MessagePack map", corpus.PackMaps),
            ("MessagePack array", corpus.PackArrays), ("MessagePack envelope", corpus.Envelopes), ("line protocol", corpus.Lines),
        ];
        foreach (var (name, records) in forms)
        {
            yield return ($"decode, {name}", PerReading(DecodeCorpus.ReadingCount, () =>
            {
                block.Clear();
                foreach (var record in records)
                {
                    decoder.Decode(record, new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds), block);
                }
            }));
        }
    }

    private static IEnumerable<(string Stage, double BytesPerReading)> JournalWriterAndReader()
    {
        var directory = Directory.CreateTempSubdirectory("hotpath-allocation-").FullName;
        try
        {
            var slots = Plants.All[3].Make(0, SlotCount);
            var options = new EngineOptions { DataDirectory = directory, RingSlots = SlotCount, JournalSync = JournalSync.None };
            using var journal = Engine.Journal.Journal.Open(new LibcDisk(directory), new NameTables(), options, new SystemClock());
            using var ring = new RingBuffer(SlotCount, 0, new BusySpinWaitStrategy());
            using var writer = journal.NewWriter(ring, new RejectsBuffer(), new NoDocuments());
            yield return ("journal, written", PerReading(SlotCount, () =>
            {
                Invariant.Holds(ring.Sequencer.TryClaim(SlotCount, SlotCount, out var lsn) == ClaimOutcome.Claimed);
                slots.AsSpan(0, ring.SlotsFrom(lsn, SlotCount).Length).CopyTo(ring.SlotsFrom(lsn, SlotCount));
                ring.Publish(lsn, lsn + SlotCount - 1);
                while (writer.DoWork() > 0)
                {
                }
            }));

            // A cursor for each round: what it opens is a cost of the cursor and not of a reading, but counted.
            yield return ("journal, read back", PerReading(SlotCount, () =>
            {
                using var reader = journal.NewReader(0);
                while (reader.TryRead(SlotCount - 1) == JournalRead.Slots)
                {
                }
            }));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Shard()
    {
        const string Rules = """
            version: 1
            rules:
            - { id: high, staleAfter: 1h, groups: [{ name: g, cases: [{ state: HIGH, when: tag0 > 90 and tag1 > 10, for: 1s }], else: NORMAL, unknown: NO_DATA }], downtime: { down: [HIGH] } }
            - { id: one, groups: [{ name: g, cases: [{ state: HIGH, when: tag2 > 90 }], else: NORMAL }] }

            """;
        using var load = new ShardLoad(new(500, 20, 10), Rules, new TimeOptions { IdleTimeoutMicros = 30_000_000 });
        load.Fill();
        load.Random(4_000_000, 1_000);
        return load.Random(SlotCount, 1_000).AllocatedBytesEach;
    }

    private static double Rows(ParquetWriter? into)
    {
        var slots = Plants.All[3].Make(0, SlotCount);
        var tables = new NameTables();
        Intern(tables.Equipment, slots.Max(slot => slot.EquipmentIndex));
        Intern(tables.Tags, slots.Max(slot => slot.TagIndex));
        Intern(tables.Sources, slots.Max(slot => slot.SourceIndex));
        Intern(tables.Symbols, 64);
        Intern(tables.Flags, 15);
        var names = new SinkNames(tables);
        names.Refresh();
        var rows = new FlushRows(names, SlotCount, new HeldLsns(-1, -1, -1, -1, -1), (_, _) => { });
        var columns = new Sink.Rows.ReadingRows(names);
        return PerReading(SlotCount, () =>
        {
            rows.Clear();
            for (var index = 0; index < slots.Length; index++)
            {
                rows.AddReading(index, slots[index]);
            }

            rows.SortReadings();
            rows.CopyReadings(0, rows.ReadingCount, columns);
            var batch = columns.ToBatch();
            into?.Reset(Stream.Null);
            into?.Write(batch);
            into?.Close();
        });
    }

    private static void Intern(NameDirectory directory, int indexMax)
    {
        for (var index = directory.Count; index <= indexMax; index++)
        {
            directory.TryIntern(Encoding.UTF8.GetBytes($"name-{index}"), 0, out _);
        }
    }

    private static double PerReading(int count, Action round)
    {
        round();
        round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var done = 0; done < Rounds; done++)
        {
            round();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / ((double)count * Rounds);
    }

    private sealed class NoDocuments : IRuleDocumentBytes
    {
        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => default;
    }
}
