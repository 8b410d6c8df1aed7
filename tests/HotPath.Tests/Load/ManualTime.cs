namespace HotPath.Tests.Load;

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly DateTimeOffset _start;
    private long _ticks;

    public ManualTime()
        : this(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTime(DateTimeOffset start)
    {
        _start = start;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => _start.AddTicks(_ticks);

    public void Pass(TimeSpan time) => _ticks += time.Ticks;
}
