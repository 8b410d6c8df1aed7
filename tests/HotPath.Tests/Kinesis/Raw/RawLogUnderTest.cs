using System.Text;
using HotPath.Kinesis.Raw;
using HotPath.Kinesis.Read;
using HotPath.Kinesis.Streams;
using HotPath.Outputs;
using HotPath.TestKit.Disk;

namespace HotPath.Tests.Kinesis.Raw;

/// <summary>A log of raw records on a simulated disk, beside a journal that a test moves; its thread is the test's hand.</summary>
internal sealed class RawLogUnderTest : IDisposable
{
    public static readonly Guid Instance = new("11111111-2222-3333-4444-555555555555");

    private const int CallBytesMax = 1024 * 1024;

    private readonly RawFrameBuilder _frame = new();

    public RawLogUnderTest(
        SimulatedDisk? disk = null, long journalLsn = -1, long bytesMax = 1L << 30, long keepMicros = long.MaxValue, TestClock? clock = null)
    {
        Disk = disk ?? new SimulatedDisk();
        JournalLsn = journalLsn;
        LsnNext = journalLsn + 1;
        Clock = clock ?? new TestClock();
        Log = new RawLog(
            new RawLogOptions { Directory = "raw", BytesMax = bytesMax, KeepMicros = keepMicros },
            CallBytesMax,
            new RawJournal(Instance, journalLsn, () => JournalLsn, _ => Disk),
            Clock,
            Faults.Add);
        Records = new RawRecordLog(Log);
    }

    public SimulatedDisk Disk { get; }

    public TestClock Clock { get; }

    public RawLog Log { get; }

    public RawRecordLog Records { get; }

    public List<Exception> Faults { get; } = [];

    /// <summary>What the journal has on disk.</summary>
    public long JournalLsn { get; set; }

    public long LsnNext { get; set; }

    /// <summary>One call: its records one slot each; the journal has it at once.</summary>
    /// <returns>The LSN of the first record.</returns>
    public long Put(string stream, params (int Shard, string Data)[] records)
    {
        _frame.Begin(Encoding.UTF8.GetBytes(stream), Clock.NowMicros);
        for (var at = 0; at < records.Length; at++)
        {
            _frame.Add(at, records[at].Shard, Encoding.UTF8.GetBytes($"key of {records[at].Data}"), Encoding.UTF8.GetBytes(records[at].Data));
        }

        _frame.End();
        Assert.True(Log.HasRoom(_frame.Bytes));
        var lsnFirst = LsnNext;
        LsnNext += records.Length;
        Log.Append(_frame, lsnFirst);
        JournalLsn = LsnNext - 1;
        return lsnFirst;
    }

    public static StreamShard Shard(int index, long lsnFirst = 0) => new()
    {
        Index = index,
        HashKeys = new HashKeyRange(0, UInt128.MaxValue),
        CreatedSeconds = 1_700_000_000,
        SourceIndex = 0,
        LsnFirst = lsnFirst,
    };

    /// <summary>Every record that can be read, page by page.</summary>
    public IReadOnlyList<ReadRecord> Read(string stream, StreamShard shard, ReadFrom from = default, int recordsMax = 3)
    {
        var all = new List<ReadRecord>();
        while (true)
        {
            var page = Records.Read(stream, shard, from, recordsMax);
            Assert.True(page.Records.Count <= recordsMax);
            all.AddRange(page.Records);
            if (page.IsAtTip)
            {
                Assert.Equal(Math.Min(Records.Tip.Lsn, shard.LsnLast), page.Next.Position.Lsn);
                return all;
            }

            Assert.True(page.Next.Position.Lsn > from.Position.Lsn, "A page that is not at the tip must lead on.");
            from = page.Next;
        }
    }

    public IReadOnlyList<string> Texts(string stream, int shard, ReadFrom from = default) =>
        [.. Read(stream, Shard(shard), from).Select(record => Encoding.UTF8.GetString(record.Data))];

    public static ReadFrom At(long lsn) => ReadFrom.At(new RowPosition(lsn, 0));

    public void Dispose() => Log.Dispose();
}
