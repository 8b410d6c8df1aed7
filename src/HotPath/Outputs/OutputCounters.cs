namespace HotPath.Outputs;

/// <summary>What an output counted since start. Written by its task, read by any thread.</summary>
internal sealed class OutputCounters
{
    private long _sent;
    private long _failed;
    private long _dead;
    private long _pendingSinceMicros;
    private string? _problem;

    /// <summary>Rows delivered.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Deliveries of a row that have to be tried again.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Rows that went to the dead letters.</summary>
    public long Dead => Volatile.Read(ref _dead);

    /// <summary>When the oldest row that is not delivered was seen first; 0 = none waits.</summary>
    public long PendingSinceMicros
    {
        get => Volatile.Read(ref _pendingSinceMicros);
        set => Volatile.Write(ref _pendingSinceMicros, value);
    }

    /// <summary>Why nothing goes out at the moment, or null.</summary>
    public string? Problem
    {
        get => Volatile.Read(ref _problem);
        set => Volatile.Write(ref _problem, value);
    }

    public void OnSent(int rows) => Interlocked.Add(ref _sent, rows);

    public void OnFailed(int rows) => Interlocked.Add(ref _failed, rows);

    public void OnDead(int rows) => Interlocked.Add(ref _dead, rows);
}
