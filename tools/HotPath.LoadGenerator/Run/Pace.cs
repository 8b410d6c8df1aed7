namespace HotPath.LoadGenerator.Run;

/// <summary>
/// Open loop: how many readings should have been sent by now, whatever became of them. Owned by the thread of its feed.
/// </summary>
internal sealed class Pace
{
    /// <summary>At least this many readings a second once the time is up, so that the closing scene is short.</summary>
    private const double ClosingPerSecond = 100_000;

    private readonly TimeProvider _time;
    private double _perSecond;
    private long _startTicks;
    private long _readingsBefore;

    public Pace(double readingsPerSecond, TimeProvider time)
    {
        _time = time;
        _perSecond = readingsPerSecond;
        _startTicks = time.GetTimestamp();
    }

    public bool IsUnlimited => double.IsPositiveInfinity(_perSecond);

    public long Due => IsUnlimited
        ? long.MaxValue
        : _readingsBefore + (long)(_time.GetElapsedTime(_startTicks).TotalSeconds * _perSecond);

    public void Hurry(long readingsSent)
    {
        _perSecond = Math.Max(_perSecond, ClosingPerSecond);
        _startTicks = _time.GetTimestamp();
        _readingsBefore = readingsSent;
    }
}
