using System.Diagnostics;

namespace HotPath.Engine.Agents;

/// <summary>Where the engine takes time from. Passed in, so that tests own it.</summary>
internal interface IClock
{
    /// <summary>
    /// Microseconds since the epoch: the wall clock at start plus monotonic time from there; never steps.
    /// </summary>
    long NowMicros { get; }
}

/// <summary>The machine's clock. Any thread may read it (25 ns: per batch, never per reading).</summary>
internal sealed class SystemClock : IClock
{
    private readonly long _startMicros = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private readonly long _startTimestamp = Stopwatch.GetTimestamp();

    public long NowMicros =>
        _startMicros + (Stopwatch.GetElapsedTime(_startTimestamp).Ticks / TimeSpan.TicksPerMicrosecond);
}
