using HotPath.Engine.Ring;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>rejected</c>.</summary>
internal sealed class RejectedRows : TableRows
{
    private static readonly EnumWords<RejectReason> Reasons = new();

    private readonly LongRows _lsn = new();
    private readonly LongRows _receivedAt = new();
    private readonly CodeRows _source;
    private readonly CodeRows _listener;
    private readonly CodeRows _reason = new(Reasons);

    public RejectedRows(SinkNames names)
    {
        _source = new CodeRows(names.Sources);
        _listener = new CodeRows(names.Listeners);
        Declare(_lsn, _receivedAt, _source, _listener, _reason, Raw);
    }

    /// <summary>The record as it came; the caller adds one value for each <see cref="Add"/>.</summary>
    public TextRows Raw { get; } = new();

    public void Add(long lsn, in Slot slot, RejectReason reason)
    {
        _lsn.Add(lsn);
        _receivedAt.Add(slot.ReceivedAtMicros);
        _source.Add(slot.SourceIndex);
        _listener.Add(slot.Listener);
        _reason.Add((int)reason);
    }
}
