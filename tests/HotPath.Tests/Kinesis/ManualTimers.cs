namespace HotPath.Tests.Kinesis;

/// <summary>Timers that go off when the test lets time pass. Any thread.</summary>
internal sealed class ManualTimers : TimeProvider
{
    private readonly Lock _setting = new();
    private readonly List<ManualTimer> _timers = [];
    private long _nowTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _nowTicks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_setting)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    public void Pass(TimeSpan time)
    {
        ManualTimer[] due;
        lock (_setting)
        {
            _nowTicks += time.Ticks;
            due = [.. _timers.Where(timer => timer.DueTicks <= _nowTicks)];
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due)
        {
            timer.GoOff();
        }
    }

    private void Remove(ManualTimer timer)
    {
        lock (_setting)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTimers timers, TimerCallback callback, object? state) : ITimer
    {
        public long DueTicks { get; private set; }

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueTicks = dueTime < TimeSpan.Zero ? long.MaxValue : timers.GetTimestamp() + dueTime.Ticks;
            return true;
        }

        public void Dispose() => timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
