using HotPath.Engine.Ledger;
using HotPath.Kinesis.Raw;

namespace HotPath.Kinesis.Read;

/// <summary>Which log the records of a stream are read from. Any thread.</summary>
internal sealed class RecordLogs : IDisposable
{
    private readonly LedgerLog? _transitions;
    private readonly LedgerLog? _downtimes;

    private readonly RawRecordLog? _raw;

    public RecordLogs(KinesisParts parts, MachineHashKeys hashKeys, RawLog? raw)
    {
        _raw = raw is null ? null : new RawRecordLog(raw);
        if (parts.Ledger is { } ledger)
        {
            _transitions = new LedgerLog(ledger, LedgerRecordKind.Transition, hashKeys);
            _downtimes = new LedgerLog(ledger, LedgerRecordKind.Downtime, hashKeys);
        }
    }

    /// <summary>Null when the stream's records are not kept to be read.</summary>
    public IRecordLog? Of(StreamRole role) => role switch
    {
        StreamRole.Transitions => _transitions,
        StreamRole.Downtimes => _downtimes,
        _ => _raw,
    };

    public void Dispose()
    {
        _transitions?.Dispose();
        _downtimes?.Dispose();
    }
}
