using System.Text;
using HotPath.Kinesis.Read;
using HotPath.Kinesis.Streams;
using HotPath.Outputs;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// The raw records of `ingest` streams as readers get them: under the numbers that PutRecords answered, in each shard
/// those that it took. Any thread. What is damaged on disk is passed over.
/// </summary>
internal sealed class RawRecordLog(RawLog log) : IRecordLog
{
    /// <summary>Of the API: what one answer holds.</summary>
    private const int PageBytesMax = 10 * 1024 * 1024;

    /// <summary>Records of other shards and streams are passed over; a call looks at so much and lets the next one go on.</summary>
    private const long LookedAtBytesMax = 32 * 1024 * 1024;

    public RowPosition Tip => new(log.ReadableLsn + 1, 0);

    public bool NumbersCarryTime => true;

    public ReadPage Read(string streamName, StreamShard shard, in ReadFrom from, int recordsMax)
    {
        var page = new Page(Encoding.UTF8.GetBytes(streamName), shard, from, recordsMax)
        {
            LsnMax = Math.Min(log.ReadableLsn, shard.LsnLast),
        };
        foreach (var segment in log.Segments.All)
        {
            if (segment.LsnLast < page.LsnNext || segment.ArrivedMicrosMax / 1_000 < page.NotBeforeMillis || !segment.TryHold())
            {
                continue;
            }

            try
            {
                using var reader = new RawReader(segment, segment.OffsetOf(page.LsnNext, page.NotBeforeMillis * 1_000));
                if (!page.TryReadOn(reader))
                {
                    return page.End(isAtTip: page.LsnNext > page.LsnMax);
                }
            }
            finally
            {
                segment.Release();
            }
        }

        page.LsnNext = Math.Max(page.LsnNext, page.LsnMax + 1);
        return page.End(isAtTip: true);
    }

    /// <summary>One read under way. Belongs to one thread.</summary>
    private sealed class Page(byte[] streamName, StreamShard shard, in ReadFrom from, int recordsMax)
    {
        private readonly List<ReadRecord> _records = [];
        private int _pageBytes;
        private long _lookedAtBytes;

        public long LsnNext { get; set; } = Math.Max(from.Position.Lsn, shard.LsnFirst);

        public required long LsnMax { get; init; }

        public long NotBeforeMillis { get; private set; } = from.NotBeforeMillis;

        public ReadPage End(bool isAtTip) => new(_records, new ReadFrom(new RowPosition(LsnNext, 0), NotBeforeMillis), isAtTip);

        /// <returns>False when the page is at its end; true when the file is.</returns>
        public bool TryReadOn(RawReader reader)
        {
            while (reader.TryRead(out var frame, out var body))
            {
                if (frame.LsnFirst > LsnMax)
                {
                    LsnNext = Math.Max(LsnNext, LsnMax + 1);
                    return false;
                }

                _lookedAtBytes += frame.Bytes;
                if (frame.LsnLast >= LsnNext && frame.ArrivedMicros / 1_000 >= NotBeforeMillis && RawReader.IsSound(frame, body)
                    && body[..frame.StreamNameBytes].SequenceEqual(streamName)
                    && !TryTake(frame, body[frame.StreamNameBytes..]))
                {
                    return false;
                }

                LsnNext = Math.Max(LsnNext, Math.Min(frame.LsnLast, LsnMax) + 1);
                if (frame.LsnLast > LsnMax || _lookedAtBytes >= LookedAtBytesMax)
                {
                    return false;
                }
            }

            return true;
        }

        /// <returns>False when the page is full before the frame is at its end.</returns>
        private bool TryTake(in RawFrame frame, ReadOnlySpan<byte> records)
        {
            while (!records.IsEmpty)
            {
                var record = RawFrame.Next(ref records);
                var lsn = frame.LsnFirst + record.SlotAt;
                if (record.ShardIndex != shard.Index || lsn < LsnNext || lsn > LsnMax)
                {
                    continue;
                }

                if (_records.Count == recordsMax || (_records.Count > 0 && _pageBytes + record.Data.Length > PageBytesMax))
                {
                    LsnNext = lsn;
                    return false;
                }

                // From the first one on all count: calls are dated before their turn comes.
                NotBeforeMillis = 0;
                _pageBytes += record.Data.Length + record.Key.Length;
                _records.Add(new ReadRecord(
                    new SequenceNumber(shard.CreatedSeconds, shard.Index, lsn, shard.RecordedSeconds(frame.ArrivedMicros / 1_000_000)),
                    record.Key.ToArray(),
                    record.Data.ToArray(),
                    frame.ArrivedMicros / 1_000));
            }

            return true;
        }
    }
}
