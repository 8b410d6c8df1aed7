using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Ledger;

public sealed class LedgerWriterTests(ITestOutputHelper output)
{
    private static readonly Guid Instance = new("0f0e0d0c-0b0a-0908-0706-050403020100");

    [Fact]
    public void Records_of_all_shards_stand_in_the_order_of_lsn_equipment_and_ordinal()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(3);
        using var writer = Open(directory, outputs);

        var expected = new List<(long Lsn, int Equipment, int Ordinal)>();
        for (var lsn = 0L; lsn < 2_000; lsn++)
        {
            AppendSome(outputs, random, lsn, expected);
            writer.DoWork();
        }

        TurnUntilIdle(writer);
        expected.Sort();

        Assert.Equal(expected, ReadAll(directory, long.MaxValue));
        Assert.Equal(1_999, writer.CompleteLsn);
    }

    [Fact]
    public void An_lsn_is_not_complete_while_one_shard_has_not_passed_it()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(2);
        using var writer = Open(directory, outputs);

        outputs.Append(shard: 0, lsn: 5, equipment: 1);
        outputs[0].Commit(5);
        outputs[1].Commit(4);
        TurnUntilIdle(writer);

        Assert.Equal(4, writer.CompleteLsn);
        Assert.Empty(ReadAll(directory, writer.CompleteLsn));
    }

    [Fact]
    public void What_is_derived_again_is_compared_and_not_written_twice()
    {
        using var directory = new TemporaryDirectory();
        byte[] before;
        using (var outputs = new Outputs(1))
        using (var writer = Open(directory, outputs))
        {
            Fill(outputs, writer, lsnCount: 100);
            before = Content(directory);
        }

        using var again = new Outputs(1);
        using var second = Open(directory, again, lsnMax: 99);
        Fill(again, second, lsnCount: 150);

        Assert.Equal(150, ReadAll(directory, long.MaxValue).Count);
        Assert.Equal(before, Content(directory)[..before.Length]);
    }

    [Fact]
    public void A_torn_tail_is_cut_and_derived_again_to_the_same_bytes()
    {
        using var directory = new TemporaryDirectory();
        byte[] before;
        using (var outputs = new Outputs(1))
        using (var writer = Open(directory, outputs))
        {
            Fill(outputs, writer, lsnCount: 40);
            before = Content(directory);
        }

        var path = Path.Combine(directory.Path, LedgerSegment.List(DiskOf(directory)).Single().Name);
        for (var keptBytes = before.Length - 1; keptBytes > 0; keptBytes -= 7)
        {
            File.WriteAllBytes(path, before[..keptBytes]);
            using var outputs = new Outputs(1);
            using var writer = Open(directory, outputs, lsnMax: 39);
            Fill(outputs, writer, lsnCount: 40);

            Assert.Equal(before, Content(directory));
        }
    }

    [Fact]
    public void A_difference_between_derived_and_stored_stops_the_process()
    {
        using var directory = new TemporaryDirectory();
        using (var outputs = new Outputs(1))
        using (var writer = Open(directory, outputs))
        {
            Fill(outputs, writer, lsnCount: 10);
        }

        using var again = new Outputs(1);
        using var second = Open(directory, again, lsnMax: 9);
        again.Append(shard: 0, lsn: 0, equipment: 77);
        again[0].Commit(0);

        var fault = Assert.Throws<LedgerFaultException>(() => second.DoWork());
        Assert.Contains("LSN 0, equipment 77", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_beyond_the_journal_are_cut()
    {
        using var directory = new TemporaryDirectory();
        using (var outputs = new Outputs(1))
        using (var writer = Open(directory, outputs))
        {
            Fill(outputs, writer, lsnCount: 10);
        }

        using var again = new Outputs(1);
        using var second = Open(directory, again, lsnMax: 4);

        Assert.Equal(5, ReadAll(directory, long.MaxValue).Count);
        Assert.True(second.TornBytes > 0);
    }

    [Fact]
    public void A_full_file_is_followed_by_the_next_and_readers_go_on_in_it()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(1);
        using var writer = Open(directory, outputs);
        using var reader = new LedgerReader(DiskOf(directory), Instance, 0);
        var read = 0;
        for (var lsn = 0L; lsn < 80; lsn++)
        {
            outputs[0].Append(lsn, 1, 0, LedgerRecordKind.Transition, 1 << 20);
            outputs[0].Commit(lsn);
            TurnUntilIdle(writer);
            while (reader.TryRead(writer.CompleteLsn, out _))
            {
                read++;
            }
        }

        Assert.Equal(2, LedgerSegment.List(DiskOf(directory)).Count);
        Assert.Equal(80, read);
    }

    /// <summary>
    /// Cause: a reader that found a bad record went on in the next file. Symptom: transitions missing in the tables of a sink that
    /// was behind, and nobody told.
    /// </summary>
    [Fact]
    public void Bit_that_turns_in_a_full_file_stops_a_reader_with_the_place_and_the_lsns()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(1);
        using (var writer = LedgerWriter.Open(DiskOf(directory), Instance, outputs.All, lsnFirst: 0, long.MaxValue, rollBytes: 4_096))
        {
            for (var lsn = 0; lsn < 400; lsn++)
            {
                outputs.Append(0, lsn, 0);
                outputs[0].Commit(lsn);
                TurnUntilIdle(writer);
            }
        }

        using (var whole = new LedgerReader(DiskOf(directory), Instance, 0))
        {
            var count = 0;
            while (whole.TryRead(long.MaxValue, out _))
            {
                count++;
            }

            Assert.Equal(400, count);
        }

        var name = LedgerSegment.List(DiskOf(directory))[1].Name;
        var path = Path.Combine(directory.Path, name);
        var bytes = File.ReadAllBytes(path);
        bytes[2_000] ^= 4;
        File.WriteAllBytes(path, bytes);
        using var strict = new LedgerReader(DiskOf(directory), Instance, 0);
        var lsnRead = -1L;

        var fault = Assert.Throws<LedgerFaultException>(() =>
        {
            while (strict.TryRead(long.MaxValue, out var record))
            {
                lsnRead = LedgerSegment.HeadOf(record).Lsn;
            }
        });

        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.Contains($"of {bytes.Length}", fault.Message, StringComparison.Ordinal);
        var damages = new List<LedgerDamage>();
        using var page = new LedgerReader(DiskOf(directory), Instance, 0) { OnDamage = damages.Add };
        var lsns = new List<long>();
        while (page.TryRead(long.MaxValue, out var record))
        {
            lsns.Add(LedgerSegment.HeadOf(record).Lsn);
        }

        var damage = Assert.Single(damages);
        var nextLsnFirst = LedgerSegment.List(DiskOf(directory))[2].LsnFirst;
        Assert.Equal((lsnRead, nextLsnFirst - 1, (long)bytes.Length), (damage.LsnFrom, damage.LsnTo, damage.LengthBytes));
        Assert.InRange(damage.OffsetBytes, 1_900, 2_000);
        Assert.Equal(Enumerable.Range(0, 400).Select(lsn => (long)lsn).Where(lsn => lsn <= lsnRead || lsn >= nextLsnFirst), lsns);
        Assert.Contains(damage.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Same(fault, Assert.Throws<LedgerFaultException>(() => strict.TryRead(long.MaxValue, out _)));
    }

    /// <summary>
    /// Cause would be: a reader that stands still while files are removed on purpose finds one that does not follow its own. Symptom:
    /// a consumer of a stream is told of damage that is none.
    /// </summary>
    [Fact]
    public void Files_that_retention_removed_are_no_damage()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(1);
        using var writer = LedgerWriter.Open(DiskOf(directory), Instance, outputs.All, lsnFirst: 0, long.MaxValue, rollBytes: 4_096);
        for (var lsn = 0; lsn < 400; lsn++)
        {
            outputs.Append(0, lsn, 0);
            outputs[0].Commit(lsn);
            TurnUntilIdle(writer);
        }

        using var reader = new LedgerReader(DiskOf(directory), Instance, 0);
        Assert.True(reader.TryRead(long.MaxValue, out _));
        var keptFromLsn = LedgerSegment.List(DiskOf(directory))[3].LsnFirst;
        Assert.True(LedgerRetention.RemoveBelow(DiskOf(directory), keptFromLsn).IsNone);

        var lsns = new List<long>();
        while (reader.TryRead(long.MaxValue, out var record))
        {
            lsns.Add(LedgerSegment.HeadOf(record).Lsn);
        }

        Assert.Equal(399, lsns[^1]);
        Assert.Contains(keptFromLsn, lsns);
        Assert.DoesNotContain(keptFromLsn - 1, lsns);
    }

    [Fact]
    public void A_reader_begins_at_its_lsn_in_the_right_file()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(1);
        using var writer = Open(directory, outputs);
        for (var lsn = 0L; lsn < 80; lsn++)
        {
            outputs[0].Append(lsn, 1, 0, LedgerRecordKind.Transition, 1 << 20);
            outputs[0].Commit(lsn);
            TurnUntilIdle(writer);
        }

        using var reader = new LedgerReader(DiskOf(directory), Instance, 70);

        Assert.True(reader.TryRead(long.MaxValue, out var record));
        Assert.Equal(70, LedgerSegment.HeadOf(record).Lsn);
    }

    [Fact]
    public void Merging_and_reading_allocate_nothing_per_record()
    {
        using var directory = new TemporaryDirectory();
        using var outputs = new Outputs(2);
        using var writer = Open(directory, outputs);
        using var reader = new LedgerReader(DiskOf(directory), Instance, 0);
        Turn(outputs, writer, reader, 0, 20_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Turn(outputs, writer, reader, 20_000, 100_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Turn(Outputs outputs, LedgerWriter writer, LedgerReader reader, long lsnFirst, long lsnEnd)
    {
        for (var lsn = lsnFirst; lsn < lsnEnd; lsn++)
        {
            outputs.Append((int)(lsn & 1), lsn, equipment: 3);
            outputs[0].Commit(lsn);
            outputs[1].Commit(lsn);
            writer.DoWork();
            // One behind: at the very end of the file a reader asks the directory for the next one.
            reader.TryRead(lsn - 1, out _);
        }
    }

    private static void Fill(Outputs outputs, LedgerWriter writer, long lsnCount)
    {
        for (var lsn = 0L; lsn < lsnCount; lsn++)
        {
            outputs.Append(shard: 0, lsn, equipment: (int)(lsn % 7));
            outputs[0].Commit(lsn);
        }

        TurnUntilIdle(writer);
    }

    private static void AppendSome(
        Outputs outputs, Random random, long lsn, List<(long Lsn, int Equipment, int Ordinal)> expected)
    {
        for (var shard = 0; shard < outputs.Count; shard++)
        {
            for (var equipment = shard; equipment < 12; equipment += outputs.Count)
            {
                for (var ordinal = 0; ordinal < random.Next(-6, 3); ordinal++)
                {
                    outputs.Append(shard, lsn, equipment, ordinal);
                    expected.Add((lsn, equipment, ordinal));
                }
            }

            if (random.Next(3) > 0 || lsn == 1_999)
            {
                outputs[shard].Commit(lsn);
            }
        }
    }

    private static LedgerWriter Open(TemporaryDirectory directory, Outputs outputs, long lsnMax = long.MaxValue) =>
        LedgerWriter.Open(DiskOf(directory), Instance, outputs.All, lsnFirst: 0, lsnMax);

    private static void TurnUntilIdle(LedgerWriter writer)
    {
        while (writer.DoWork() > 0)
        {
        }
    }

    private static List<(long Lsn, int Equipment, int Ordinal)> ReadAll(TemporaryDirectory directory, long lsnMax)
    {
        using var reader = new LedgerReader(DiskOf(directory), Instance, 0);
        var read = new List<(long Lsn, int Equipment, int Ordinal)>();
        while (reader.TryRead(lsnMax, out var record))
        {
            var head = LedgerSegment.HeadOf(record);
            read.Add((head.Lsn, head.EquipmentIndex, head.Ordinal));
        }

        return read;
    }

    private static byte[] Content(TemporaryDirectory directory) =>
        [.. LedgerSegment.List(DiskOf(directory)).SelectMany(segment => File.ReadAllBytes(Path.Combine(directory.Path, segment.Name)))];

    private static LibcDisk DiskOf(TemporaryDirectory directory) => new(directory.Path);

    private sealed class Outputs : IDisposable
    {
        public Outputs(int count)
        {
            All = [.. Enumerable.Range(0, count).Select(_ => new ShardOutput())];
        }

        public ShardOutput[] All { get; }

        public int Count => All.Length;

        public ShardOutput this[int shard] => All[shard];

        public void Append(int shard, long lsn, int equipment, int ordinal = 0)
        {
            var body = All[shard].Append(lsn, equipment, ordinal, LedgerRecordKind.Downtime, DowntimeBody.SizeBytes);
            MemoryMarshal.AsRef<DowntimeBody>(body).AtMicros = lsn * 1_000;
        }

        public void Dispose()
        {
            foreach (var shard in All)
            {
                shard.Dispose();
            }
        }
    }
}
