using System.Globalization;
using System.Text;
using HotPath.Engine.Native;
using HotPath.Kinesis.Read;
using HotPath.Outputs;
using HotPath.TestKit;
using HotPath.TestKit.Disk;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis.Raw;

/// <summary>Raw records on disk: what is read, what outlives a cut of power, what is given up and when.</summary>
public sealed class RawLogTests(ITestOutputHelper output)
{
    [Fact]
    public void A_record_is_read_as_it_came_under_the_number_that_its_call_was_answered_with()
    {
        using var log = new RawLogUnderTest(journalLsn: 41);
        log.Put("readings", (0, "a"), (3, "b"), (0, "c"));
        log.Log.DoWork();

        var records = log.Read("readings", RawLogUnderTest.Shard(0));

        Assert.Equal([42L, 44L], records.Select(record => record.Number.Lsn));
        Assert.Equal(["a", "c"], records.Select(record => Encoding.UTF8.GetString(record.Data)));
        Assert.Equal("key of c", Encoding.UTF8.GetString(records[1].PartitionKey));
        Assert.Equal(log.Clock.NowMicros / 1_000, records[0].ArrivedMillis);
        Assert.Equal(log.Clock.NowMicros / 1_000_000, records[0].Number.RecordedSeconds);
        Assert.Equal(0, records[0].Number.ShardIndex);
        Assert.Equal(["b"], log.Texts("readings", 3));
        Assert.Empty(log.Texts("others", 0));
    }

    [Fact]
    public void Nothing_is_read_before_the_journal_and_the_disk_have_it()
    {
        using var log = new RawLogUnderTest(journalLsn: 9);
        log.Put("s", (0, "first"));
        Assert.Equal(9, log.Log.ReadableLsn);

        log.JournalLsn = 9;
        log.Log.DoWork();
        Assert.Empty(log.Texts("s", 0));

        log.JournalLsn = 10;
        Assert.Equal(["first"], log.Texts("s", 0));

        // Slots that are no records of this endpoint, datagrams for instance, do not hold readers up.
        log.JournalLsn = 500;
        Assert.Equal(500, log.Log.ReadableLsn);
    }

    [Fact]
    public void A_call_that_the_journal_has_in_part_is_read_in_part_and_the_rest_of_it_later()
    {
        using var log = new RawLogUnderTest();
        log.Put("s", (0, "0"), (0, "1"), (0, "2"), (0, "3"));
        log.Log.DoWork();
        log.JournalLsn = 1;

        var page = log.Records.Read("s", RawLogUnderTest.Shard(0), default, 100);
        log.JournalLsn = 3;
        var rest = log.Records.Read("s", RawLogUnderTest.Shard(0), page.Next, 100);

        Assert.True(page.IsAtTip);
        Assert.Equal([0L, 1L], page.Records.Select(record => record.Number.Lsn));
        Assert.Equal([2L, 3L], rest.Records.Select(record => record.Number.Lsn));
    }

    [Fact]
    public void What_was_written_before_an_end_is_read_after_it_and_reading_goes_on_at_any_position()
    {
        var disk = new SimulatedDisk();
        using (var first = new RawLogUnderTest(disk))
        {
            for (var call = 0; call < 50; call++)
            {
                first.Put("s", (call % 2, Text(call)));
                first.Log.DoWork();
            }
        }

        using var second = new RawLogUnderTest(disk, journalLsn: 49);
        second.Put("s", (0, "50"));
        second.Log.DoWork();

        Assert.Equal(Enumerable.Range(0, 26).Select(call => Text(call * 2)), second.Texts("s", 0));
        for (var lsn = 0; lsn <= 51; lsn++)
        {
            Assert.Equal(
                Enumerable.Range(0, 26).Select(call => call * 2).Where(call => call >= lsn).Select(Text),
                second.Texts("s", 0, RawLogUnderTest.At(lsn)));
        }
    }

    [Fact]
    public void What_the_journal_lost_is_no_longer_there_when_its_numbers_are_given_anew()
    {
        var disk = new SimulatedDisk();
        using (var first = new RawLogUnderTest(disk))
        {
            first.Put("s", (0, "kept"));
            first.Log.DoWork();
            first.Put("s", (0, "not in the journal"), (0, "neither"));
            first.Log.DoWork();
        }

        using var second = new RawLogUnderTest(disk, journalLsn: 1);
        second.Put("s", (0, "another"));
        second.Log.DoWork();

        Assert.Equal(["kept", "another"], second.Texts("s", 0));
    }

    [Fact]
    public void Files_of_another_journal_are_removed()
    {
        var disk = new SimulatedDisk();
        using (var first = new RawLogUnderTest(disk))
        {
            first.Put("s", (0, "of another"));
            first.Log.DoWork();
        }

        var name = Assert.Single(disk.FileNames);
        var bytes = disk.BytesOf(name);
        bytes[8] ^= 1;
        disk.Replace(name, bytes);
        using var second = new RawLogUnderTest(disk, journalLsn: 100);

        Assert.Empty(second.Texts("s", 0));
        Assert.Empty(disk.FileNames);
    }

    [Fact]
    public void Cut_at_any_byte_the_last_file_gives_every_whole_call_before_the_cut()
    {
        var disk = new SimulatedDisk();
        var ends = new List<int>();
        using (var first = new RawLogUnderTest(disk))
        {
            for (var call = 0; call < 6; call++)
            {
                first.Put("s", (0, Text(call)), (0, Text(call)));
                first.Log.DoWork();
                ends.Add(disk.BytesOf(disk.FileNames.Single()).Length);
            }
        }

        var name = disk.FileNames.Single();
        var whole = disk.BytesOf(name);
        for (var bytes = 0; bytes <= whole.Length; bytes++)
        {
            var cut = disk.Copy();
            cut.Replace(name, whole[..bytes]);
            using var second = new RawLogUnderTest(cut, journalLsn: 11);

            Assert.Equal(2 * ends.Count(end => end <= bytes), second.Texts("s", 0).Count);
        }
    }

    [Fact]
    public void After_cuts_of_power_everything_acknowledged_is_read_once_and_in_order()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var disk = new SimulatedDisk();
        var acknowledged = new List<string>();
        var (number, journalLsn) = (0, -1L);
        for (var run = 0; run < 60; run++)
        {
            using var log = new RawLogUnderTest(disk, journalLsn);
            var records = log.Read("s", RawLogUnderTest.Shard(0));
            var texts = records.Select(record => Encoding.UTF8.GetString(record.Data)).ToArray();
            Assert.Equal(acknowledged, texts.Where(acknowledged.Contains));
            Assert.Equal(texts.Distinct(), texts);
            Assert.True(records.Zip(records.Skip(1)).All(pair => pair.First.Number.Lsn < pair.Second.Number.Lsn));

            var waiting = new List<string>();
            for (var call = random.Next(8); call > 0; call--)
            {
                var put = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{number++} {new string('x', random.Next(700))}").ToArray();
                log.Put("s", [.. put.Select(text => (0, text))]);
                waiting.AddRange(put);
                if (random.Next(3) > 0)
                {
                    log.Log.DoWork();
                    acknowledged.AddRange(waiting);
                    waiting.Clear();
                    journalLsn = log.JournalLsn;
                }
            }

            // Of what nobody was told of, the journal keeps some and the log keeps some.
            disk = disk.AfterPowerCut(random);
            journalLsn = random.NextInt64(journalLsn, log.JournalLsn + 1);
        }

        Assert.NotEmpty(acknowledged);
    }

    [Fact]
    public void The_oldest_files_go_when_there_would_be_too_many_bytes_and_those_left_never_take_more()
    {
        const long BytesMax = 256 * 1024;
        using var log = new RawLogUnderTest(bytesMax: BytesMax);
        for (var call = 0; call < 400; call++)
        {
            log.Put("s", (0, new string('x', 4_000) + Text(call)));
            log.Log.DoWork();
            Assert.True(log.Disk.UsedBytes <= BytesMax, $"{log.Disk.UsedBytes} bytes");
        }

        var records = log.Read("s", RawLogUnderTest.Shard(0));
        Assert.Equal(399, records[^1].Number.Lsn);
        // Each takes 8 KB twice, as key and as data, and files are an eighth of all.
        Assert.InRange(records.Count, 26, 32);
        Assert.Equal(Enumerable.Range(400 - records.Count, records.Count).Select(lsn => (long)lsn), records.Select(record => record.Number.Lsn));
    }

    [Fact]
    public void A_record_is_there_for_the_time_and_its_file_goes_an_eighth_of_it_later_at_most()
    {
        const long KeepMicros = 8_000_000;
        using var log = new RawLogUnderTest(keepMicros: KeepMicros);
        var putMicros = new List<long>();
        for (var call = 0; call < 100; call++)
        {
            log.Clock.NowMicros += 500_000;
            putMicros.Add(log.Clock.NowMicros);
            log.Put("s", (0, Text(call)));
            log.Log.DoWork();

            var left = log.Texts("s", 0).Select(text => putMicros[int.Parse(text, CultureInfo.InvariantCulture)]).ToArray();
            Assert.Equal(putMicros.TakeLast(left.Length), left);
            Assert.True(putMicros.Count(micros => log.Clock.NowMicros - micros <= KeepMicros) <= left.Length);
            Assert.True(log.Clock.NowMicros - left[0] <= KeepMicros + (KeepMicros / 8) + 500_000);
        }

        log.Clock.NowMicros += KeepMicros * 2;
        log.Log.DoWork();
        Assert.Empty(log.Texts("s", 0));
        Assert.Empty(log.Disk.FileNames);
    }

    [Fact]
    public void By_time_reading_begins_with_the_first_record_that_came_then()
    {
        using var log = new RawLogUnderTest();
        var millis = new List<long>();
        for (var call = 0; call < 300; call++)
        {
            log.Clock.NowMicros += 1_000_000;
            millis.Add(log.Clock.NowMicros / 1_000);
            log.Put("s", (0, new string('x', 1_000)));
            log.Log.DoWork();
        }

        foreach (var at in new[] { 0, 1, 63, 64, 65, 200, 299 })
        {
            var records = log.Read("s", RawLogUnderTest.Shard(0), new ReadFrom(RowPosition.First, millis[at]), 1_000);
            Assert.Equal(300 - at, records.Count);
            Assert.Equal(at, records[0].Number.Lsn);
        }
    }

    [Fact]
    public void A_full_disk_costs_the_oldest_files_and_a_broken_one_every_later_call()
    {
        using var log = new RawLogUnderTest(bytesMax: 64 * 1024);
        log.Disk.CapacityBytes = 40 * 1024;
        for (var call = 0; call < 60; call++)
        {
            log.Put("s", (0, new string('x', 2_000)));
            log.Log.DoWork();
        }

        Assert.Equal(59, log.Read("s", RawLogUnderTest.Shard(0))[^1].Number.Lsn);
        log.Disk.Fault = (operation, _) => operation == DiskOperation.Sync ? new DiskError(DiskError.InputOutput) : DiskError.None;
        log.Put("s", (0, "not to be had"));
        Assert.Throws<DiskFaultException>(log.Log.DoWork);
        Assert.Equal(59, log.Log.ReadableLsn);
    }

    [Fact]
    public void A_call_that_was_damaged_on_disk_is_passed_over()
    {
        var disk = new SimulatedDisk();
        using (var first = new RawLogUnderTest(disk))
        {
            first.Put("s", (0, "one"));
            first.Put("s", (0, "two"));
            first.Put("s", (0, "three"));
            first.Log.DoWork();
        }

        var name = disk.FileNames.Single();
        var bytes = disk.BytesOf(name);
        bytes[bytes.AsSpan().IndexOf("two"u8)] ^= 1;
        disk.Replace(name, bytes);
        using var second = new RawLogUnderTest(disk, journalLsn: 2);

        Assert.Equal(["one", "three"], second.Texts("s", 0));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
