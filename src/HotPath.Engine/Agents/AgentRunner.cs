using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Agents;

/// <summary>
/// The thread of one agent. <see cref="Start"/> and <see cref="Stop"/> belong to the thread that made it. A fault ends
/// the turning, never the process by itself: it is handed to the callback once, from the agent's thread.
/// </summary>
internal sealed class AgentRunner : IDisposable
{
    private readonly IAgent _agent;
    private readonly WaitStrategy _waitStrategy;
    private readonly Action<IAgent, Exception> _onFault;
    private readonly int? _cpu;
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private long _allocatedBytes;

    /// <param name="cpu">The core to stay on, or null for any.</param>
    public AgentRunner(IAgent agent, WaitStrategy waitStrategy, Action<IAgent, Exception> onFault, int? cpu = null)
    {
        _agent = agent;
        _waitStrategy = waitStrategy;
        _onFault = onFault;
        _cpu = cpu;
        _thread = new Thread(Run) { Name = agent.Name, IsBackground = true };
    }

    public string Name => _agent.Name;

    /// <summary>Managed bytes that the agent's thread has allocated, up to its last turn with work. Any thread may ask.</summary>
    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    public void Start() => _thread.Start();

    /// <summary>Asks the agent to end: it is turned until a turn finds nothing, then closed. Does not wait.</summary>
    public void RequestStop()
    {
        _isStopping = true;
        _waitStrategy.SignalAll();
    }

    /// <summary>Asks the agent to end and waits for it. False if it has not ended in time.</summary>
    public bool Stop(TimeSpan patience)
    {
        RequestStop();
        return _thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread.Join(patience);
    }

    public void Dispose() => Stop(Timeout.InfiniteTimeSpan);

    private void Run()
    {
        try
        {
            if (_cpu is { } cpu)
            {
                Libc.PinThisThread(cpu).ThrowIfFailed($"Agent {_agent.Name} cannot be kept on cpu {cpu}");
            }

            TurnUntilStopped();
            (_agent as IClosableAgent)?.OnClose();
        }
        catch (Exception fault)
        {
            _onFault(_agent, fault);
        }
    }

    private void TurnUntilStopped()
    {
        var idleTurns = 0;
        while (true)
        {
            // Read before the turn: what was there when the stop came is done before the end.
            var isStopping = _isStopping;
            var done = _agent.DoWork();
            if (done == 0)
            {
                if (isStopping)
                {
                    return;
                }

                done = _waitStrategy.Idle(_agent, ++idleTurns);
            }

            if (done > 0)
            {
                idleTurns = 0;
                Volatile.Write(ref _allocatedBytes, GC.GetAllocatedBytesForCurrentThread());
                _waitStrategy.AfterWork(done);
            }
        }
    }
}
