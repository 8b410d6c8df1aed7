namespace HotPath.Kinesis.Consume;

/// <summary>What a source counted since start. Written by its shards' tasks, read by any thread.</summary>
internal sealed class SourceCounters
{
    private long _records;
    private long _dataBytes;
    private long _gaps;
    private long _throttles;
    private long _expiredIterators;
    private long _faults;
    private long _strayAggregates;
    private long _subscriptions;
    private int _shardsRead;
    private long _millisBehind;

    /// <summary>Records taken.</summary>
    public long Records => Volatile.Read(ref _records);

    public long DataBytes => Volatile.Read(ref _dataBytes);

    /// <summary>Positions that the service had trimmed: records between them and the oldest one kept were lost.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    public long Throttles => Volatile.Read(ref _throttles);

    public long ExpiredIterators => Volatile.Read(ref _expiredIterators);

    /// <summary>Calls that failed otherwise.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>Aggregates passed over because a record in them belongs to another shard.</summary>
    public long StrayAggregates => Volatile.Read(ref _strayAggregates);

    /// <summary>Subscriptions that the service ended in good order, as it does every five minutes.</summary>
    public long SubscriptionsEnded => Volatile.Read(ref _subscriptions);

    /// <summary>Shards that are being read.</summary>
    public int ShardsRead => Volatile.Read(ref _shardsRead);

    /// <summary>How far behind the stream's end the shard was that was read last, as the service tells it.</summary>
    public long MillisBehind => Volatile.Read(ref _millisBehind);

    public void OnTaken(int records, long dataBytes)
    {
        Interlocked.Add(ref _records, records);
        Interlocked.Add(ref _dataBytes, dataBytes);
    }

    public void OnGap() => Interlocked.Increment(ref _gaps);

    public void OnThrottle() => Interlocked.Increment(ref _throttles);

    public void OnExpiredIterator() => Interlocked.Increment(ref _expiredIterators);

    public void OnFault() => Interlocked.Increment(ref _faults);

    public void OnStrayAggregate() => Interlocked.Increment(ref _strayAggregates);

    public void OnSubscriptionEnded() => Interlocked.Increment(ref _subscriptions);

    public void OnShardBegun() => Interlocked.Increment(ref _shardsRead);

    public void OnShardEnded() => Interlocked.Decrement(ref _shardsRead);

    public void OnBehind(long millis) => Volatile.Write(ref _millisBehind, millis);
}
