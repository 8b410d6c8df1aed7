using HotPath.Engine.Ledger;

namespace HotPath.Outputs;

/// <summary>
/// A cursor over the ledger's rows that knows each row's place among those of its LSN. Belongs to one thread at a time.
/// What was deleted before it began is passed over: it begins with the oldest row that is kept.
/// </summary>
internal sealed class RowCursor : IDisposable
{
    private readonly LedgerReader _ledger;
    private readonly RowPosition _from;
    private long _lsn = -1;
    private long _place;

    public RowCursor(LedgerSource source, RowPosition from)
    {
        _ledger = source.NewReader(from.Lsn);
        _from = from;
        Position = from;
    }

    /// <summary>Where the next row is looked for.</summary>
    public RowPosition Position { get; private set; }

    /// <summary>The next row up to an LSN; the span is valid until the next call.</summary>
    public bool TryRead(long lsnMax, out ReadOnlySpan<byte> record, out RowPosition at)
    {
        while (_ledger.TryRead(lsnMax, out record))
        {
            var lsn = LedgerSegment.HeadOf(record).Lsn;
            _place = lsn == _lsn ? _place + 1 : 0;
            _lsn = lsn;
            at = new RowPosition(lsn, _place);
            if (at >= _from)
            {
                Position = at.Next;
                return true;
            }
        }

        at = default;
        return false;
    }

    /// <summary>All rows up to an LSN have been read: the next one is looked for behind it.</summary>
    public void PassTo(long lsn)
    {
        if (Position.Lsn <= lsn)
        {
            Position = new RowPosition(lsn + 1, 0);
        }
    }

    public void Dispose() => _ledger.Dispose();
}
