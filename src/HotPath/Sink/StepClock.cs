using System.Collections.Immutable;
using HotPath.Delta.Parquet;
using HotPath.Engine.Native;

namespace HotPath.Sink;

/// <summary>
/// CPU of the sink's thread by what it is doing, read a few times a page. The sink's thread says what comes next; any
/// thread may read. Where a step went on on another thread, which the tables of a remote store may make it do, that part
/// is left out rather than guessed.
/// </summary>
internal sealed class StepClock : ICompressionMeter
{
    private readonly long[] _nanos = new long[Enum.GetValues<SinkStep>().Length];
    private SinkStep _step;
    private long _sinceNanos;
    private int _thread;

    /// <summary>CPU seconds of each step so far.</summary>
    public ImmutableArray<(SinkStep Step, double CpuSeconds)> Seconds =>
    [
        .. Enum.GetValues<SinkStep>()
            .Where(step => step != SinkStep.None)
            .Select(step => (step, Volatile.Read(ref _nanos[(int)step]) / 1e9)),
    ];

    public void Enter(SinkStep step)
    {
        var nowNanos = Libc.ThreadCpuNanos();
        var thread = Environment.CurrentManagedThreadId;
        if (thread == _thread)
        {
            Volatile.Write(ref _nanos[(int)_step], _nanos[(int)_step] + nowNanos - _sinceNanos);
        }

        (_step, _sinceNanos) = (step, nowNanos);
        Volatile.Write(ref _thread, thread);
    }

    public void OnCompressing() => EnterWhenOwn(SinkStep.Compress);

    public void OnCompressed() => EnterWhenOwn(SinkStep.Encode);

    /// <summary>The upkeep of the tables compresses too, on its own thread, and is none of the sink's steps.</summary>
    private void EnterWhenOwn(SinkStep step)
    {
        if (Environment.CurrentManagedThreadId == Volatile.Read(ref _thread))
        {
            Enter(step);
        }
    }
}

internal enum SinkStep
{
    /// <summary>Nothing of a flush.</summary>
    None,
    /// <summary>Journal frames and ledger records back into readings, transitions and downtimes.</summary>
    ReadBack,
    Sort,
    /// <summary>Sorted readings into columns.</summary>
    Gather,
    /// <summary>Columns into Parquet pages, statistics, and writing them.</summary>
    Encode,
    Compress,
    /// <summary>Footers, syncs, the table's log, the position.</summary>
    Commit,
}
