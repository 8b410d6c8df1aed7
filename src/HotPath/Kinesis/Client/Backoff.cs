namespace HotPath.Kinesis.Client;

/// <summary>
/// How long to wait before the next try: doubled each time up to a maximum, and by chance between half of it and all of
/// it, so that those who failed together do not come again together. Belongs to one task.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max)
{
    private int _failures;

    public int Failures => _failures;

    public void Succeeded() => _failures = 0;

    public TimeSpan Failed()
    {
        var full = Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
        _failures++;
        return TimeSpan.FromMilliseconds(full * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
