using System.Runtime.InteropServices;
using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Native;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>
/// A cursor over the ledger that delivers rows to one receiver, each at least once, those of one equipment in their order.
/// Belongs to one task. A receiver that is slow or away costs disk and nothing else: the position waits, and with it what
/// the ledger keeps. A row that the receiver will never take goes to the dead letters.
/// </summary>
internal sealed class Output : IDisposable
{
    /// <summary>Rows that are read ahead, so that machines behind a busy one need not wait for it.</summary>
    private const int WindowRowsMax = 2_000;

    private const long StoreIntervalMicros = 1_000_000;
    private const long AgainIntervalMicros = 5_000_000;
    private static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(10);

    private readonly OutputSettings _settings;
    private readonly IOutputTarget _target;
    private readonly LedgerSource _source;
    private readonly OutputPosition _position;
    private readonly RowFilter _filter;
    private readonly IClock _clock;
    private readonly ILogger _log;
    private readonly RowJson _json;
    private readonly List<OutputRow> _window = [];
    private readonly Backoff _backoff;
    private readonly Dictionary<string, long> _failingSinceMicros = new(StringComparer.Ordinal);
    private RowCursor _cursor;
    private LedgerFaultException? _damage;
    private bool _isSendingAgain;
    private long _storedAtMicros;
    private long _askedAgainAtMicros;

    public Output(OutputSettings settings, IOutputTarget target, LedgerSource source, OutputPosition position, IClock clock, ILogger log)
    {
        _settings = settings;
        _target = target;
        _source = source;
        _position = position;
        _clock = clock;
        _log = log;
        _filter = new RowFilter(settings.Transitions, settings.Downtimes, settings.RuleGlobs, source.Names);
        _json = new RowJson(source);
        _backoff = new Backoff(settings.RetryFirst, settings.RetryMax);
        if (position.Stored is null)
        {
            // Where it began counts too: a restart before its first row must not begin elsewhere.
            position.Store(settings.BeginsWithOldest ? RowPosition.First : new RowPosition(source.SafeLsn() + 1, 0));
        }

        _cursor = new RowCursor(source, position.Stored!.Value);
    }

    public string Name => _settings.Name;

    public OutputCounters Counters { get; } = new();

    /// <summary>Every row up to this LSN is out: the ledger need not keep it for this output.</summary>
    public long PositionLsn => _position.Lsn;

    /// <summary>
    /// Delivers until stopped. What is under way is finished or goes out again after the next start. Where the ledger is damaged
    /// it ends, once all that stands before is out: what is behind goes out when the ledger has been derived again.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && (_damage is null || _window.Count > 0))
            {
                await StepAsync(stop);
            }

            if (_damage is not null && _window.Count == 0)
            {
                Counters.Problem = _damage.Message;
                _log.LogCritical("Output {Name} has stopped: {Problem}", Name, _damage.Message);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Rows that are not known to be delivered are before the position: they go out again.
        }

        TryStore(isDue: true);
    }

    public void Dispose()
    {
        _cursor.Dispose();
        _json.Dispose();
        _target.Dispose();
    }

    private async Task StepAsync(CancellationToken stop)
    {
        try
        {
            Fill();
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            // A file of the ledger went between two looks, or the letters to be sent again cannot be read.
            OnProblem(fault.Message);
            _cursor.Dispose();
            _cursor = new RowCursor(_source, FirstWaiting());
            _window.RemoveAll(row => row.At is not null);
            await Task.Delay(_backoff.Failed(), stop);
            return;
        }

        if (_window.Count == 0)
        {
            TryStore(isDue: false);
            await Task.Delay(IdlePause, stop);
            return;
        }

        var rows = NextDelivery();
        var deliveries = await _target.SendAsync(rows, stop);
        var retryAfter = Settle(rows, deliveries);
        TryStore(isDue: _window.Count == 0);
        if (retryAfter is { } pause)
        {
            await Task.Delay(pause, stop);
        }
    }

    /// <summary>Reads on until the window is full or the ledger has no more.</summary>
    private void Fill()
    {
        FillAgain();
        var safeLsn = _source.SafeLsn();
        try
        {
            while (_damage is null && _window.Count < WindowRowsMax)
            {
                if (!_cursor.TryRead(safeLsn, out var record, out var at))
                {
                    _cursor.PassTo(safeLsn);
                    break;
                }

                if (_filter.Wants(record))
                {
                    _window.Add(RowOf(record, at));
                }
            }
        }
        catch (LedgerFaultException damage)
        {
            _damage = damage;
        }

        Counters.PendingSinceMicros = _window.Count == 0 ? 0
            : Counters.PendingSinceMicros == 0 ? _clock.NowMicros
            : Counters.PendingSinceMicros;
    }

    private void FillAgain()
    {
        if (_settings.DeadLetters is not { } letters || _isSendingAgain || _clock.NowMicros - _askedAgainAtMicros < AgainIntervalMicros)
        {
            return;
        }

        _askedAgainAtMicros = _clock.NowMicros;
        var rows = letters.TakeAgain();
        _isSendingAgain = rows.Count > 0;
        _window.InsertRange(0, rows);
    }

    private OutputRow RowOf(ReadOnlySpan<byte> record, RowPosition at)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(record);
        return new OutputRow(
            at,
            RowJson.IdOf(_source.Instance, at),
            head.Kind,
            _source.Names.Equipment.Text(head.EquipmentIndex),
            MemoryMarshal.Read<long>(record[LedgerRecordHead.SizeBytes..]),
            _json.Of(record, at).ToArray());
    }

    /// <summary>
    /// As many rows as the target takes at once, of each key only the first that waits: if it is not taken, none behind it
    /// has gone before.
    /// </summary>
    private List<OutputRow> NextDelivery()
    {
        var rows = new List<OutputRow>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0;
        foreach (var row in _window)
        {
            if (rows.Count == _target.RowsMax || (rows.Count > 0 && bytes + row.Json.Length > _target.BytesMax))
            {
                break;
            }

            if (keys.Add(row.Key))
            {
                rows.Add(row);
                bytes += row.Json.Length + row.Key.Length;
            }
        }

        return rows;
    }

    /// <returns>How long to wait before the next delivery; null when all went well.</returns>
    private TimeSpan? Settle(List<OutputRow> rows, Delivery[] deliveries)
    {
        var gone = new HashSet<OutputRow>();
        var dead = new List<(OutputRow Row, string Reason)>();
        Delivery? later = null;
        for (var at = 0; at < rows.Count; at++)
        {
            var delivery = Judged(rows[at], deliveries[at]);
            if (delivery.Outcome == DeliveryOutcome.Later)
            {
                later ??= delivery;
                Counters.OnFailed(1);
                continue;
            }

            gone.Add(rows[at]);
            _failingSinceMicros.Remove(rows[at].Id);
            if (delivery.Outcome == DeliveryOutcome.Never)
            {
                dead.Add((rows[at], delivery.Problem!));
            }
        }

        if (dead.Count > 0 && !TryBury(dead))
        {
            gone.ExceptWith(dead.Select(letter => letter.Row));
            return _backoff.Failed();
        }

        Counters.OnSent(gone.Count - dead.Count);
        _window.RemoveAll(gone.Contains);
        Counters.PendingSinceMicros = 0;
        EndAgainWhenOut();
        if (later is not { } retry)
        {
            _backoff.Succeeded();
            Counters.Problem = null;
            return null;
        }

        OnProblem(retry.Problem!);
        var wanted = retry.RetryAfter is { } asked && asked > TimeSpan.Zero ? asked : TimeSpan.Zero;
        var own = _backoff.Failed();
        return wanted > own ? (wanted < RetryAfterMax ? wanted : RetryAfterMax) : own;
    }

    /// <summary>What was tried for too long is not tried any more.</summary>
    private Delivery Judged(OutputRow row, Delivery delivery)
    {
        if (delivery.Outcome != DeliveryOutcome.Later)
        {
            return delivery;
        }

        var nowMicros = _clock.NowMicros;
        if (!_failingSinceMicros.TryGetValue(row.Id, out var sinceMicros))
        {
            _failingSinceMicros[row.Id] = sinceMicros = nowMicros;
        }

        var hasLetters = _settings.DeadLetters is not null;
        return hasLetters && nowMicros - sinceMicros >= _settings.GiveUpAfter.Ticks / TimeSpan.TicksPerMicrosecond
            ? Delivery.Never($"Given up after {_settings.GiveUpAfter}: {delivery.Problem}")
            : delivery;
    }

    private bool TryBury(List<(OutputRow Row, string Reason)> dead)
    {
        try
        {
            _settings.DeadLetters?.Add(dead, _clock.NowMicros);
            Counters.OnDead(dead.Count);
            _log.LogError(
                "Output {Name}: {Count} rows will not be taken and are kept as dead letters: {Reason}", Name, dead.Count, dead[0].Reason);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            OnProblem($"Dead letters cannot be kept: {fault.Message}");
            return false;
        }
    }

    private void EndAgainWhenOut()
    {
        if (_isSendingAgain && _window.TrueForAll(row => row.At is not null))
        {
            _settings.DeadLetters!.EndAgain();
            _isSendingAgain = false;
        }
    }

    /// <summary>The first row that is not out.</summary>
    private RowPosition FirstWaiting() => _window.Find(row => row.At is not null)?.At ?? _cursor.Position;

    /// <summary>Once a second at most: a position that lags costs rows that go out twice after a crash, never one.</summary>
    private void TryStore(bool isDue)
    {
        var nowMicros = _clock.NowMicros;
        if (!isDue && nowMicros - _storedAtMicros < StoreIntervalMicros)
        {
            return;
        }

        try
        {
            _position.Store(FirstWaiting());
            _storedAtMicros = nowMicros;
        }
        catch (DiskFaultException fault)
        {
            OnProblem($"The position cannot be stored: {fault.Message}");
        }
    }

    private void OnProblem(string problem)
    {
        if (Counters.Problem != problem)
        {
            _log.LogWarning("Output {Name} waits: {Problem}", Name, problem);
        }

        Counters.Problem = problem;
    }
}
