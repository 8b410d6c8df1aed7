using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Kinesis.Streams;
using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>
/// The ledger's transitions, or its downtimes, as a stream's records: one JSON a row, its partition key the equipment,
/// its sequence number the LSN and the place. Any thread. The time of arrival is that of the row itself (<c>at</c>).
/// </summary>
internal sealed class LedgerLog(LedgerSource source, LedgerRecordKind kind, MachineHashKeys hashKeys) : IRecordLog, IDisposable
{
    /// <summary>Of the API: what one answer holds.</summary>
    private const int PageBytesMax = 10 * 1024 * 1024;

    /// <summary>Rows of other shards and kinds are passed over; a call looks at so much and lets the next one go on.</summary>
    private const int LookedAtBytesMax = 32 * 1024 * 1024;

    private readonly CursorShelf _cursors = new();

    public RowPosition Tip => new(source.SafeLsn() + 1, 0);

    public bool NumbersCarryTime => false;

    public ReadPage Read(string streamName, StreamShard shard, in ReadFrom from, int recordsMax)
    {
        var place = new CursorPlace(streamName, shard.Index, from.Position);
        var cursor = _cursors.Take(place) ?? new RowCursor(source, from.Position);
        try
        {
            var page = Read(cursor, shard, from.NotBeforeMillis, recordsMax);
            _cursors.Put(place with { Position = cursor.Position }, cursor);
            return page;
        }
        catch
        {
            // A file may have gone between two looks; the next call begins anew.
            cursor.Dispose();
            throw;
        }
    }

    public void Dispose() => _cursors.Dispose();

    private ReadPage Read(RowCursor cursor, StreamShard shard, long notBeforeMillis, int recordsMax)
    {
        var lsnMax = Math.Min(source.SafeLsn(), shard.LsnLast);
        var records = new List<ReadRecord>();
        using var json = new RowJson(source);
        var lookedAtBytes = 0;
        var pageBytes = 0;
        var isAtTip = false;
        try
        {
            while (records.Count < recordsMax && lookedAtBytes < LookedAtBytesMax && pageBytes < PageBytesMax)
            {
                if (!cursor.TryRead(lsnMax, out var row, out var at))
                {
                    cursor.PassTo(lsnMax);
                    isAtTip = true;
                    break;
                }

                lookedAtBytes += row.Length;
                var arrivedMillis = ArrivedMillis(row);
                if (!IsOf(shard, row, at) || arrivedMillis < notBeforeMillis)
                {
                    continue;
                }

                // From the first one on all count: time does not rise from machine to machine.
                notBeforeMillis = 0;
                var data = json.Of(row, at).ToArray();
                var key = source.Names.Equipment.Utf8(LedgerSegment.HeadOf(row).EquipmentIndex).ToArray();
                pageBytes += data.Length + key.Length;
                records.Add(new ReadRecord(
                    new SequenceNumber(shard.CreatedSeconds, shard.Index, at.Lsn, at.Place), key, data, arrivedMillis));
            }
        }
        catch (LedgerFaultException) when (lookedAtBytes > 0)
        {
            // What stands before the damage goes out; the next call begins there, and is refused.
        }

        return new ReadPage(records, new ReadFrom(cursor.Position, notBeforeMillis), isAtTip);
    }

    private static long ArrivedMillis(ReadOnlySpan<byte> row)
    {
        // Both bodies begin with the time that the row tells of.
        var body = row[LedgerRecordHead.SizeBytes..];
        return LedgerSegment.HeadOf(row).Kind is LedgerRecordKind.Transition or LedgerRecordKind.Downtime
            ? MemoryMarshal.Read<long>(body) / 1_000
            : 0;
    }

    private bool IsOf(StreamShard shard, ReadOnlySpan<byte> row, RowPosition at)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(row);
        return head.Kind == kind
            && at.Lsn >= shard.LsnFirst
            && shard.HashKeys.Contains(hashKeys.Of(source.Names.Equipment.Utf8(head.EquipmentIndex)));
    }
}
