using System.Threading.Tasks.Sources;

namespace HotPath.Kinesis;

/// <summary>
/// Calls that wait until the journal has passed their last LSN, in the order of their LSNs. Any thread may wait;
/// one thread, its own, completes: it sleeps while nobody waits, is woken by <see cref="Signal"/> after a sync, and looks
/// by itself every millisecond in case nobody signals. Waiting allocates nothing once as many calls have waited at
/// a time as ever will. A failed or closed journal completes everybody with false.
/// </summary>
internal sealed class DurableGate : IDurableWait, IDisposable
{
    private const int PollMs = 1;

    private readonly object _queueing = new();
    private readonly PriorityQueue<Waiter, long> _waiting = new();
    private readonly Stack<Waiter> _idle = new();
    private readonly List<Waiter> _due = [];
    private readonly AutoResetEvent _signal = new(false);
    private readonly Func<long> _durableLsn;
    private Thread? _thread;
    private volatile bool _isClosed;
    private int _waiterCount;

    /// <param name="durableLsn">The journal's durable LSN: a volatile read.</param>
    public DurableGate(Func<long> durableLsn)
    {
        _durableLsn = durableLsn;
    }

    /// <summary>Calls that wait now.</summary>
    public int WaiterCount => Volatile.Read(ref _waiterCount);

    public ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken)
    {
        if (_durableLsn() >= lsn)
        {
            return ValueTask.FromResult(true);
        }

        // A call whose client has gone waits on: it is in the journal's hands, and that is a matter of milliseconds.
        cancellationToken.ThrowIfCancellationRequested();
        lock (_queueing)
        {
            if (_isClosed)
            {
                return ValueTask.FromResult(false);
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

    /// <summary>Tells that the durable LSN has moved. Any thread; cheap while nobody waits.</summary>
    public void Signal()
    {
        if (Volatile.Read(ref _waiterCount) > 0)
        {
            _signal.Set();
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
            var durableLsn = _durableLsn();
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
            _signal.WaitOne(WaiterCount > 0 ? PollMs : Timeout.Infinite);
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
