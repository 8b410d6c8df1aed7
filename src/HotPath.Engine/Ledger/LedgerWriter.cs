using System.Runtime.InteropServices;
using HotPath.Engine.Agents;
using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// The ledger stage: merges the outputs of all shards by (LSN, equipment, ordinal) into append-only files.
/// One thread turns it. When a write fails it keeps what it holds, reports <see cref="LastError"/>, and tries again at the
/// next turn; shards are held back by their outputs meanwhile.
/// </summary>
/// <remarks>
/// After a crash what stands whole on disk is kept (<see cref="LedgerOpening"/>), and records that the shards derive again are
/// compared with it instead of being written (<see cref="StoredRecords"/>).
/// </remarks>
internal sealed class LedgerWriter : IAgent, IDisposable
{
    private readonly ShardOutput[] _outputs;
    private readonly long _keptFromLsn;
    private readonly LedgerAppender _appender;
    private readonly StoredRecords _stored;
    private IClock? _clock;
    private long _completeLsn = -1;

    private LedgerWriter(ShardOutput[] outputs, long keptFromLsn, LedgerAppender appender, StoredRecords stored)
    {
        _outputs = outputs;
        _keptFromLsn = keptFromLsn;
        _appender = appender;
        _stored = stored;
    }

    public string Name => "ledger";

    public BatchCpu Cpu { get; } = new();

    /// <summary>From the event time of transitions until they stood here, by our clock; without those of a recovery.</summary>
    public DurationHistogram EventLatency { get; } = new();

    /// <summary>Everything that slots up to here caused can be read by a <see cref="LedgerReader"/>. Any thread may ask.</summary>
    public long CompleteLsn => Volatile.Read(ref _completeLsn);

    /// <summary>What the disk said when a write failed; none while all is well. Any thread may ask.</summary>
    public DiskError LastError => _appender.LastError;

    /// <summary>Bytes cut from the end of the stored ledger because they were not whole.</summary>
    public long TornBytes { get; private init; }

    /// <summary>
    /// Opens the ledger of a data directory for appending. What is stored beyond <paramref name="lsnMax"/> (the end of the
    /// journal) is cut: nothing may be announced that the journal does not hold.
    /// </summary>
    /// <param name="disk">The ledger's directory.</param>
    /// <param name="instance">The journal's instance; files of another one are refused.</param>
    /// <param name="outputs">One for each shard.</param>
    /// <param name="lsnFirst">
    /// The first LSN that the shards will process; stored records from here on are compared. Files that end below it were
    /// made durable with the snapshot that they go on from.
    /// </param>
    /// <param name="lsnMax">The last LSN of the journal.</param>
    /// <param name="rollBytes">A file takes no further LSN once it is larger.</param>
    public static LedgerWriter Open(
        IDisk disk, Guid instance, ShardOutput[] outputs, long lsnFirst, long lsnMax, long rollBytes = LedgerSegment.RollBytes)
    {
        LedgerRetention.Prepare(disk);

        // The journal may reach further back: it removes its own files at its own time.
        var keptFromLsn = LedgerRetention.LowWaterLsn(disk);
        var storedFrom = Math.Max(lsnFirst, keptFromLsn);
        var opening = LedgerOpening.CutBack(disk, instance, storedFrom, lsnMax);
        return new LedgerWriter(
            outputs,
            keptFromLsn,
            new LedgerAppender(disk, instance, opening, rollBytes),
            new StoredRecords(new LedgerReader(disk, instance, storedFrom)))
        {
            TornBytes = opening.TornBytes,
        };
    }

    /// <summary>Behind a recovery, before a thread turns it.</summary>
    public void MeasureBy(IClock clock) => _clock = clock;

    /// <summary>During recovery, behind slots that the journal lost.</summary>
    public void TrustStored() => _stored.Trust();

    /// <summary>The end of recovery.</summary>
    /// <exception cref="LedgerFaultException">A record is stored that was not derived again.</exception>
    public void EndComparing() => _stored.EndComparing();

    /// <summary>
    /// How much of the file that begins with an LSN is written whole, if it is the one that is written now; else 0. What a reader
    /// cannot read below it is damaged, not on its way. Any thread may ask.
    /// </summary>
    public long WrittenBytesOf(long fileLsnFirst) => _appender.WrittenBytesOf(fileLsnFirst);

    /// <summary>
    /// Makes everything durable that was complete when it was called. One cold thread, beside the ledger's. After an error
    /// nothing is known of what was not durable, and no later call tells: the ledger is derived again at the next start.
    /// </summary>
    public DiskError Sync() => _appender.Sync();

    public int DoWork()
    {
        // Read before the queues are emptied: what caused these positions is in the queues by then.
        var position = PositionMin();
        if (position == _completeLsn)
        {
            return TakeUpTo(position);
        }

        Cpu.Begin();
        var taken = TakeUpTo(position);
        Cpu.End();
        return taken;
    }

    public void Dispose()
    {
        _stored.Dispose();
        _appender.Dispose();
    }

    private int TakeUpTo(long position)
    {
        var taken = 0;
        var isDrained = false;
        var nowMicros = _clock?.NowMicros ?? 0;
        while (!_appender.IsFull && !isDrained)
        {
            var output = Least(position, out var record);
            isDrained = output is null;
            if (output is null || !TryTake(record))
            {
                break;
            }

            RecordLatency(record, nowMicros);
            output.Advance(record.Length);
            taken++;
        }

        if (!_appender.TryFlush())
        {
            return 0;
        }

        if (isDrained && position > _completeLsn)
        {
            // Readers that see the position see the records written before it.
            Volatile.Write(ref _completeLsn, position);
            taken++;
        }

        return taken;
    }

    private void RecordLatency(ReadOnlySpan<byte> record, long nowMicros)
    {
        if (_clock is not null && LedgerSegment.HeadOf(record).Kind == LedgerRecordKind.Transition)
        {
            var atMicros = MemoryMarshal.Read<TransitionBody>(record[LedgerRecordHead.SizeBytes..]).AtMicros;
            EventLatency.RecordMicros(nowMicros - atMicros);
        }
    }

    private long PositionMin()
    {
        var least = long.MaxValue;
        foreach (var output in _outputs)
        {
            least = Math.Min(least, output.PositionLsn);
        }

        return least;
    }

    /// <summary>The output whose head is least, if no shard can still put something before it; else null.</summary>
    private ShardOutput? Least(long position, out ReadOnlySpan<byte> leastRecord)
    {
        ShardOutput? least = null;
        leastRecord = default;
        foreach (var output in _outputs)
        {
            if (output.TryPeek(out var record)
                && (least is null || LedgerRecordHead.IsBefore(LedgerSegment.HeadOf(record), LedgerSegment.HeadOf(leastRecord))))
            {
                least = output;
                leastRecord = record;
            }
        }

        return least is not null && LedgerSegment.HeadOf(leastRecord).Lsn <= position ? least : null;
    }

    /// <summary>False when what was gathered must be flushed first. What was removed on purpose is not written again.</summary>
    private bool TryTake(ReadOnlySpan<byte> record)
    {
        var lsn = LedgerSegment.HeadOf(record).Lsn;
        return lsn < _keptFromLsn || _stored.TryMatch(record) || _appender.TryAppend(record, lsn);
    }
}
