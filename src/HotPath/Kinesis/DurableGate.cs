using System.Threading.Tasks.Sources;
using HotPath.Engine.Journal;

namespace HotPath.Kinesis;

/// <summary>
/// Calls that wait until the journal has passed their last LSN, in the order of their LSNs. Any thread may wait;
/// one thread, its own, completes: it sleeps while nobody waits, and otherwise until the journal has synced, once for all
/// calls of a sync. Waiting allocates nothing once as many calls have waited at a time as ever will. A failed or closed
/// journal completes everybody with false.
/// </summary>
internal sealed class DurableGate : IDurableWait, IDisposable
{
    /// <summary>How long the end of it may go unnoticed while the journal stands still.</summary>
    private const int LookMs = 10;

    private readonly object _queueing = new();
    private readonly PriorityQueue<Waiter, long> _waiting = new();
    private readonly Stack<Waiter> _idle = new();
    private readonly List<Waiter> _due = [];
    private readonly AutoResetEvent _signal = new(false);
    private readonly DurableSignal _durable;
    private Thread? _thread;
    private long _seenLsn;
    private volatile bool _isClosed;
    private int _waiterCount;

    public DurableGate(DurableSignal durable)
    {
        _durable = durable;
    }

    /// <summary>Calls that wait now.</summary>
    public int WaiterCount => Volatile.Read(ref _waiterCount);

    public ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken)
    {
        if (_durable.DurableLsn >= lsn)
        {
            return ValueTask.FromResult(true);
        }

        // A call whose client has gone waits on: it is in the journal's hands, and that is a matter of milliseconds.
        cancellationToken.ThrowIfCancellationRequested();
        lock (_queueing)
        {
            // Looked at once more under the lock: what was synced before the gate's last look would wake nobody.
            var isDurable = _durable.DurableLsn >= lsn;
            if (isDurable || _isClosed)
            {
                return ValueTask.FromResult(isDurable);
            }

            var waiter = _idle.Count > 0 ? _idle.Pop() : new Waiter(this);
            var task = waiter.Begin();
            _waiting.Enqueue(waiter, lsn);
            Volatile.Write(ref _waiterCount, _waiting.Count);
            if (_waiting.Count == 1)
            {
                _signal.Set();
            }

            return task;
        }
    }

    /// <summary>Starts the thread that completes.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "kinesis-gate" };
        _thread.Start();
    }

    /// <summary>Completes whom the journal has passed. Called by the gate's thread, or by a test's hand.</summary>
    /// <returns>How many were completed.</returns>
    public int DoWork()
    {
        lock (_queueing)
        {
            var durableLsn = _durable.DurableLsn;
            _seenLsn = durableLsn;
            while (_waiting.TryPeek(out var waiter, out var lsn) && (lsn <= durableLsn || _isClosed))
            {
                _waiting.Dequeue();
                waiter.IsDurable = lsn <= durableLsn;
                _due.Add(waiter);
            }

            Volatile.Write(ref _waiterCount, _waiting.Count);
        }

        foreach (var waiter in _due)
        {
            waiter.Complete();
        }

        var count = _due.Count;
        _due.Clear();
        return count;
    }

    /// <summary>Ends all waiting, now and from now on: true for whom the journal has passed, false for the rest.</summary>
    public void Close()
    {
        _isClosed = true;
        _signal.Set();
        if (_thread is null)
        {
            DoWork();
        }
        else
        {
            _thread.Join();
        }
    }

    public void Dispose()
    {
        Close();
        _signal.Dispose();
    }

    private void Run()
    {
        while (!_isClosed)
        {
            if (WaiterCount == 0)
            {
                _signal.WaitOne();
            }
            else
            {
                _durable.WaitBeyond(_seenLsn, LookMs);
            }

            DoWork();
        }

        DoWork();
    }

    private void GiveBack(Waiter waiter)
    {
        lock (_queueing)
        {
            _idle.Push(waiter);
        }
    }

    /// <summary>One call's wait. Pooled: it goes back when its result has been taken.</summary>
    private sealed class Waiter(DurableGate gate) : IValueTaskSource<bool>
    {
        // Continuations run on the pool: the gate's thread only wakes.
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

        public bool IsDurable { get; set; }

        public ValueTask<bool> Begin() => new(this, _core.Version);

        public void Complete() => _core.SetResult(IsDurable);

        public bool GetResult(short token)
        {
            try
            {
                return _core.GetResult(token);
            }
            finally
            {
                _core.Reset();
                gate.GiveBack(this);
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
