using System.Collections.Immutable;
using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// Takes snapshots: puts a marker into the order, writes what the shards hand over, and when journal and ledger are
/// durable up to the marker lets it count. Then it says what journal and ledger need not keep any longer. A cold agent on
/// a thread of its own, which may allocate; it waits for nobody, and when the disk refuses it tries again later.
/// </summary>
/// <remarks>
/// <code>
/// Idle -> marker published -> Collecting: parts of all shards -> Sealing: journal and ledger durable -> manifest -> Idle
///                                 (a shard gave up, or the disk refused: nothing of it counts)
/// </code>
/// </remarks>
internal sealed class SnapshotAgent : IAgent, IDisposable
{
    private const long RetryMicros = 2_000_000;
    private const long RetentionMicros = 1_000_000;

    private readonly SnapshotSetup _setup;
    private readonly IClock _clock;
    private readonly SaveQueue[] _queues;
    private readonly SnapshotStore _store;
    private SnapshotFileWriter[] _files = [];
    private bool[] _hasEnded = [];
    private int[] _nameCounts = [];
    private TimeOptions _time = new();
    private ImmutableDictionary<string, Checkpoint> _checkpoints = ImmutableDictionary<string, Checkpoint>.Empty;
    private LedgerReader? _ledger;
    private State _state;
    private long _markerLsn;
    private long _markedAtMicros;
    private long _retryAtMicros = long.MinValue;
    private long _retainedAtMicros;
    private bool _isAbandoned;
    private bool _isLedgerLost;
    private volatile bool _isWanted;
    private volatile string? _problem;
    private long _takenLsn;
    private long _takenCount;
    private long _takenMicros;
    private long _takenBytes;

    /// <param name="setup">What it works with.</param>
    /// <param name="lastLsn">The snapshot that the engine began with; -1 when there was none.</param>
    public SnapshotAgent(SnapshotSetup setup, long lastLsn)
    {
        _setup = setup;
        _clock = setup.Clock;
        _store = setup.Store;
        _queues = [.. setup.Savers.Select(saver =>
        {
            var queue = new SaveQueue();
            saver.Attach(queue);
            return queue;
        })];
        _markerLsn = _takenLsn = lastLsn;
        _markedAtMicros = _retainedAtMicros = _clock.NowMicros;
    }

    public string Name => "snapshot";

    /// <summary>The newest snapshot that counts; -1 when there is none. Any thread may ask.</summary>
    public long TakenLsn => Volatile.Read(ref _takenLsn);

    /// <summary>Snapshots since start. Any thread may ask.</summary>
    public long TakenCount => Volatile.Read(ref _takenCount);

    /// <summary>How long the last one took from its marker to its manifest. Any thread may ask.</summary>
    public long TakenMicros => Volatile.Read(ref _takenMicros);

    /// <summary>Bytes on disk of the last one. Any thread may ask.</summary>
    public long TakenBytes => Volatile.Read(ref _takenBytes);

    /// <summary>Why there is no newer one, or null while all is well. Any thread may ask.</summary>
    public string? Problem => _problem;

    /// <summary>Whether a sync of the ledger failed: no snapshot can count any more until the next start.</summary>
    public bool IsLedgerLost => Volatile.Read(ref _isLedgerLost);

    /// <summary>Asks for one now, whatever the interval; <see cref="TakenCount"/> tells when it is there. Any thread.</summary>
    public void Want() => _isWanted = true;

    public int DoWork()
    {
        // In every state: a journal that waits for room never lets a marker become durable.
        RetainWhenDue();
        return _state switch
        {
            State.Idle => BeginWhenDue(),
            State.Collecting => Collect(),
            _ => SealWhenDurable(),
        };
    }

    public void Dispose()
    {
        CloseFiles();
        _ledger?.Dispose();
        foreach (var queue in _queues)
        {
            queue.Dispose();
        }
    }

    // ---- idle

    private int BeginWhenDue()
    {
        var nowMicros = _clock.NowMicros;
        var slotsSince = _setup.Ring.Sequencer.NextLsn - 1 - _markerLsn;
        var isDue = _isWanted
            || (slotsSince > 0 && nowMicros - _markedAtMicros >= _setup.IntervalMicros)
            || slotsSince >= _setup.SlotsMax;
        if (!isDue || _isLedgerLost || nowMicros < _retryAtMicros)
        {
            return 0;
        }

        // Names that are known before the marker is published are durable with its frame.
        var lsn = 0L;
        _nameCounts = [.. _setup.Names.All.Select(directory => directory.Count)];
        if (!_setup.Checkpoints.TryMark(() => _setup.Control.TryPublishSnapshotMarker(nowMicros, out lsn), out _checkpoints))
        {
            return 0;
        }

        _isWanted = false;
        _markerLsn = lsn;
        _markedAtMicros = nowMicros;
        _isAbandoned = false;
        _hasEnded = new bool[_queues.Length];
        _files = [.. _queues.Select((_, shard) =>
            new SnapshotFileWriter(_store.Disk, SnapshotManifest.ShardNameOf(lsn, shard), lsn))];
        _state = State.Collecting;
        return 1;
    }

    private void RetainWhenDue()
    {
        var nowMicros = _clock.NowMicros;
        if (nowMicros - _retainedAtMicros < RetentionMicros)
        {
            return;
        }

        _retainedAtMicros = nowMicros;
        _setup.Retention.Apply(_store.Kept);
        _setup.ForgetRulesBelow(_setup.Retention.KeptFromLsn);
    }

    // ---- collecting

    private int Collect()
    {
        var done = 0;
        for (var shard = 0; shard < _queues.Length; shard++)
        {
            while (_queues[shard].TryTake(out var part, out var bytes))
            {
                Take(shard, part, bytes);
                done++;
            }
        }

        if (Array.TrueForAll(_hasEnded, ended => ended))
        {
            if (_isAbandoned)
            {
                GiveUp();
            }
            else
            {
                _state = State.Sealing;
            }

            done++;
        }

        return done;
    }

    private void Take(int shard, SavePart part, ReadOnlySpan<byte> bytes)
    {
        if (part == SavePart.Abandoned)
        {
            _problem = "the rules changed while a snapshot was taken; another one follows";
            _isAbandoned = true;
        }
        else if (!_isAbandoned && _files[shard].Write(part, bytes) is { IsNone: false } error)
        {
            _problem = $"a snapshot cannot be written in {_store.Disk.Root}: {error}";
            _isAbandoned = true;
        }

        if (part == SavePart.Head)
        {
            _time = SavedHead.Read(bytes).Watermarks.Options;
        }

        _hasEnded[shard] |= part is SavePart.End or SavePart.Abandoned;
    }

    // ---- sealing

    private int SealWhenDurable()
    {
        if (_setup.DurableLsn() < _markerLsn || _setup.Ledger.CompleteLsn < _markerLsn)
        {
            return 0;
        }

        var error = _setup.Ledger.Sync();
        if (!error.IsNone)
        {
            Volatile.Write(ref _isLedgerLost, true);
            _problem = $"the ledger cannot be synced: {error}. Check the disk and start again; it is derived again then";
            GiveUp();
            return 1;
        }

        foreach (var file in _files)
        {
            error = error.IsNone ? file.Sync() : error;
        }

        if (ReadLedger() is not { } ledgerEnd)
        {
            GiveUp();
            return 1;
        }

        var manifest = error.IsNone ? Manifest(ledgerEnd) : null;
        error = manifest is null ? error : _store.Commit(manifest);
        if (!error.IsNone)
        {
            _problem = $"a snapshot cannot be made durable in {_store.Disk.Root}: {error}";
            GiveUp();
            return 1;
        }

        CloseFiles();
        _store.RemoveOld();
        _problem = null;
        _state = State.Idle;
        Volatile.Write(ref _takenBytes, manifest!.Shards.Sum(shard => shard.Bytes));
        Volatile.Write(ref _takenMicros, _clock.NowMicros - _markedAtMicros);
        Volatile.Write(ref _takenLsn, _markerLsn);
        Volatile.Write(ref _takenCount, _takenCount + 1);
        return 1;
    }

    private SnapshotManifest Manifest(LedgerPosition ledgerEnd)
    {
        return new SnapshotManifest
        {
            Format = SnapshotManifest.CurrentFormat,
            Instance = _setup.Instance,
            Lsn = _markerLsn,
            TakenAtMicros = _markedAtMicros,
            NameCounts = _nameCounts,
            Shards = [.. _files.Select(file => new SnapshotShard(file.Name, file.LengthBytes, file.Checksum))],
            Rules =
            [
                .. _setup.RulesBetween(_setup.Retention.KeptFromLsn, _markerLsn)
                    .Select(rules => new SnapshotRules(rules.Version, rules.Lsn, rules.AppliedAtMicros, rules.Document.Text)),
            ],
            Time = new SnapshotTime(_time.OutOfOrdernessMicros, _time.IdleTimeoutMicros, _time.MaxFutureMicros),
            Checkpoints =
            [
                .. _checkpoints.Select(pair =>
                    new SnapshotCheckpoint(pair.Key, pair.Value.Value.ToArray(), pair.Value.SlotsToSkip)),
            ],
            Ledger = ledgerEnd,
        };
    }

    /// <summary>
    /// Reads the ledger on to the end of what the marker caused: it is whole up to there, then. A start that went on from a
    /// snapshot above damage would never derive again what is damaged. Null: it is.
    /// </summary>
    private LedgerPosition? ReadLedger()
    {
        _ledger ??= _setup.NewLedgerReader(Math.Max(0, _takenLsn + 1));
        try
        {
            while (_ledger.TryRead(_markerLsn, out _))
            {
            }
        }
        catch (LedgerFaultException fault)
        {
            _problem = fault.Message;
            return null;
        }

        return new LedgerPosition(_ledger.FileLsnFirst, _ledger.OffsetBytes);
    }

    private void GiveUp()
    {
        CloseFiles();
        _store.RemoveOld();
        _retryAtMicros = _clock.NowMicros + RetryMicros;
        _isWanted = true;
        _state = State.Idle;
    }

    private void CloseFiles()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }

        _files = [];
    }

    private enum State
    {
        Idle,
        Collecting,
        Sealing,
    }
}
