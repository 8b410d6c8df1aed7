using System.Buffers.Binary;
using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Ledger;

/// <summary>What a start finds of the ledger after failed syncs, power cuts and removals, and what it makes of it.</summary>
public sealed class LedgerRestartTests
{
    private static readonly Guid Instance = new("0f0e0d0c-0b0a-0908-0706-050403020100");
    private static readonly DiskError Broken = new(DiskError.InputOutput);

    /// <summary>
    /// Cause: a start kept what the page cache showed after a failed sync, and the next sync, of clean pages, succeeded.
    /// Symptom: a snapshot counted, and a power cut took records below it that nobody derived again (seeds 512, 687, 1005).
    /// </summary>
    [Fact]
    public void What_a_failed_sync_left_in_the_page_cache_is_durable_after_the_next_start()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var disk = new SimulatedDisk();
            using (var life = new Life(disk))
            {
                life.Derive(0, 100);
                disk.Fault = (operation, _) => operation == DiskOperation.Sync ? Broken : DiskError.None;
                Assert.Equal(Broken, life.Writer.Sync());
                disk.Fault = (_, _) => DiskError.None;
            }

            using (var life = new Life(disk, lsnMax: 99))
            {
                life.Derive(0, 100);
                Assert.Equal(DiskError.None, life.Writer.Sync());
            }

            Assert.Equal(Enumerable.Range(0, 100).Select(lsn => (long)lsn), LsnsOf(disk.AfterPowerCut(new Random(seed))));
        }
    }

    /// <summary>
    /// Cause: records of LSNs that the journal had lost were cut, and the cut was not synced. Symptom: after another power
    /// cut they were back, the LSNs had been given again, and the start stopped over the difference (seed 1053).
    /// </summary>
    [Fact]
    public void Records_of_lost_lsns_that_were_cut_do_not_come_back()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(disk))
        {
            life.Derive(0, 100);
            life.Writer.Sync();
        }

        using (new Life(disk, lsnMax: 59))
        {
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(lsn => (long)lsn), LsnsOf(disk.AfterPowerCut(new Random(1))));
    }

    /// <summary>Cause: another format counted as a torn header. Symptom: an older version cut a newer one's ledger away.</summary>
    [Fact]
    public void Files_of_another_version_are_refused_and_stay()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(disk))
        {
            life.Derive(0, 100);
        }

        var name = LedgerSegment.List(disk)[0].Name;
        var header = disk.BytesOf(name).AsSpan(0, LedgerSegment.HeaderBytes);
        header[4] = 9;
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Of(header[..60]));
        var before = disk.BytesOf(name).ToArray();

        var fault = Assert.Throws<LedgerFaultException>(() => new Life(disk, lsnMax: 99));

        Assert.Contains("is of format 9", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, disk.BytesOf(name));
    }

    /// <summary>
    /// Cause: the ledger's removal is done at once, the journal's later; a start from the journal's begin derived records
    /// that the ledger had removed. Symptom: it took the oldest record that stood for a difference and stopped.
    /// </summary>
    [Fact]
    public void What_was_removed_is_not_missed_when_the_journal_still_reaches_further_back()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(disk))
        {
            life.Derive(0, 500);
        }

        var files = LedgerSegment.List(disk);
        Assert.True(files.Count > 3, "nothing can be removed");
        Assert.Equal(DiskError.None, LedgerRetention.RemoveBelow(disk, files[2].LsnFirst));

        using var again = new Life(disk, lsnMax: 499);
        again.Derive(0, 600);

        Assert.Equal(Enumerable.Range(0, 600).Select(lsn => (long)lsn).SkipWhile(lsn => lsn < files[2].LsnFirst), LsnsOf(disk));
    }

    /// <summary>
    /// Cause: when the newest file held no record yet, the file made in its place said that the one before it was empty.
    /// Symptom: the next start took that one for torn, and cut away all that followed.
    /// </summary>
    [Fact]
    public void File_that_takes_the_place_of_an_empty_one_knows_how_long_the_one_before_it_is()
    {
        var disk = new SimulatedDisk();
        byte[] before;
        using (var life = new Life(disk))
        {
            life.Derive(0, 200);
            before = BytesOf(disk);
        }

        var newest = LedgerSegment.List(disk)[^1].Name;
        disk.Replace(newest, disk.BytesOf(newest)[..LedgerSegment.HeaderBytes]);
        using (var life = new Life(disk, lsnMax: 199))
        {
            life.Derive(0, 200);
            Assert.Equal(before, BytesOf(disk));
        }

        using var last = new Life(disk, lsnMax: 199);
        Assert.Equal(0, last.Writer.TornBytes);
    }

    private static List<long> LsnsOf(SimulatedDisk disk)
    {
        using var reader = new LedgerReader(disk, Instance, 0);
        var lsns = new List<long>();
        while (reader.TryRead(long.MaxValue, out var record))
        {
            lsns.Add(LedgerSegment.HeadOf(record).Lsn);
        }

        return lsns;
    }

    private static byte[] BytesOf(SimulatedDisk disk) =>
        [.. LedgerSegment.List(disk).SelectMany(segment => disk.BytesOf(segment.Name))];

    /// <summary>A ledger with small files and one shard that makes a record of each LSN.</summary>
    private sealed class Life : IDisposable
    {
        private readonly ShardOutput _output = new();

        public Life(SimulatedDisk disk, long lsnMax = long.MaxValue)
        {
            Writer = LedgerWriter.Open(disk, Instance, [_output], lsnFirst: 0, lsnMax, rollBytes: 4_096);
        }

        public LedgerWriter Writer { get; }

        public void Derive(long lsnFrom, long lsnEnd)
        {
            for (var lsn = lsnFrom; lsn < lsnEnd; lsn++)
            {
                var body = _output.Append(lsn, 1, 0, LedgerRecordKind.Downtime, DowntimeBody.SizeBytes);
                MemoryMarshal.AsRef<DowntimeBody>(body).AtMicros = lsn;
                _output.Commit(lsn);
                while (Writer.DoWork() > 0)
                {
                }
            }
        }

        public void Dispose()
        {
            Writer.Dispose();
            _output.Dispose();
        }
    }
}
