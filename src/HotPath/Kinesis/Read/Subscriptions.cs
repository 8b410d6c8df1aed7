namespace HotPath.Kinesis.Read;

/// <summary>
/// Who is subscribed to what: one subscription per consumer and shard. A later call takes over from the earlier one, but
/// not within five seconds of it. Any thread.
/// </summary>
internal sealed class Subscriptions : IDisposable
{
    private const long TakeOverMillis = 5_000;

    private readonly Lock _changing = new();
    private readonly Dictionary<(string ConsumerArn, int ShardIndex), Subscription> _active = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Null when another call has subscribed just now.</summary>
    public Subscription? TryBegin(string consumerArn, int shardIndex, long nowMillis)
    {
        var key = (consumerArn, shardIndex);
        lock (_changing)
        {
            if (_active.TryGetValue(key, out var earlier))
            {
                if (nowMillis - earlier.BegunMillis < TakeOverMillis)
                {
                    return null;
                }

                earlier.Cancel();
            }

            var subscription = new Subscription(nowMillis, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
            _active[key] = subscription;
            return subscription;
        }
    }

    public void End(string consumerArn, int shardIndex, Subscription subscription)
    {
        lock (_changing)
        {
            if (_active.TryGetValue((consumerArn, shardIndex), out var active) && active == subscription)
            {
                _active.Remove((consumerArn, shardIndex));
            }

            subscription.Dispose();
        }
    }

    /// <summary>The endpoint stops: all end as after their five minutes.</summary>
    public void EndAll()
    {
        lock (_changing)
        {
            _stopping.Cancel();
        }
    }

    public void Dispose() => _stopping.Dispose();
}

/// <summary>One subscription, from its call to its end.</summary>
internal sealed class Subscription(long begunMillis, CancellationTokenSource ending) : IDisposable
{
    public long BegunMillis => begunMillis;

    public CancellationToken Ending { get; } = ending.Token;

    public void Cancel() => ending.Cancel();

    public void Dispose() => ending.Dispose();
}
