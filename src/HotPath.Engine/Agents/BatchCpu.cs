using HotPath.Engine.Native;

namespace HotPath.Engine.Agents;

/// <summary>
/// CPU that an agent uses for its batches: the system counts by thread, and agents share threads. Estimated from one batch
/// in seven, for each look at the clock is a system call. The agent's thread writes, any thread may read.
/// </summary>
internal sealed class BatchCpu
{
    internal const int BatchesPerSample = 7;

    private int _batchesUntilSample = BatchesPerSample;
    private long _startNanos;
    private long _sampledNanos;

    /// <summary>Since start; what is done between batches, waiting too, is not in it.</summary>
    public double Seconds => Volatile.Read(ref _sampledNanos) * BatchesPerSample / 1e9;

    /// <summary>CPU of the batches that were looked at.</summary>
    public DurationHistogram Sampled { get; } = new();

    /// <summary>Must be followed by <see cref="End"/>.</summary>
    public void Begin()
    {
        if (--_batchesUntilSample == 0)
        {
            _startNanos = Libc.ThreadCpuNanos();
        }
    }

    public void End()
    {
        if (_batchesUntilSample == 0)
        {
            _batchesUntilSample = BatchesPerSample;
            var nanos = Libc.ThreadCpuNanos() - _startNanos;
            Volatile.Write(ref _sampledNanos, _sampledNanos + nanos);
            Sampled.Record(nanos);
        }
    }
}
