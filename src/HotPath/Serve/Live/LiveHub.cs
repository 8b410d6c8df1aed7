using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace HotPath.Serve.Live;

/// <summary>One thing for the live stream: a transition or the newest row of a downtime.</summary>
internal sealed class LiveItem
{
    public LiveItem(LiveTransition transition) => Transition = transition;

    public LiveItem(LiveDowntime downtime) => Downtime = downtime;

    /// <summary>Not a new row: somebody said something of it.</summary>
    public bool IsSaid { get; init; }

    public LiveTransition? Transition { get; }

    public LiveDowntime? Downtime { get; }

    public LiveCursor Cursor => Transition?.Cursor ?? Downtime!.Value.Cursor;

    public int EquipmentIndex => Transition?.EquipmentIndex ?? Downtime!.Value.EquipmentIndex;

    public int RuleWord => Transition?.Body.RuleWord ?? Downtime!.Value.Body.RuleWord;
}

/// <summary>
/// Hands items to the clients of the live stream. Any thread may publish, one at a time; never waits: a client that does
/// not keep up loses its oldest items, is counted, and is told.
/// </summary>
internal sealed class LiveHub(LiveLimits limits)
{
    private readonly Lock _gate = new();
    private LiveSubscription[] _clients = [];
    private long _dropped;

    public int Clients => Volatile.Read(ref _clients).Length;

    /// <summary>Items that slow clients lost.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Publish(LiveItem item)
    {
        foreach (var client in Volatile.Read(ref _clients))
        {
            client.Offer(item);
        }
    }

    public bool TrySubscribe([NotNullWhen(true)] out LiveSubscription? subscription)
    {
        lock (_gate)
        {
            subscription = _clients.Length < limits.Clients ? new LiveSubscription(this, limits.ClientItems) : null;
            if (subscription is not null)
            {
                Volatile.Write(ref _clients, [.. _clients, subscription]);
            }
        }

        return subscription is not null;
    }

    public void Unsubscribe(LiveSubscription subscription)
    {
        lock (_gate)
        {
            Volatile.Write(ref _clients, [.. _clients.Where(client => client != subscription)]);
        }
    }

    public void CountDropped() => Interlocked.Increment(ref _dropped);
}

/// <summary>The items that wait for one client. The hub writes, the client's request reads.</summary>
internal sealed class LiveSubscription : IDisposable
{
    private readonly LiveHub _hub;
    private readonly Channel<LiveItem> _items;
    private long _dropped;

    public LiveSubscription(LiveHub hub, int itemsMax)
    {
        _hub = hub;
        _items = Channel.CreateBounded<LiveItem>(
            new BoundedChannelOptions(itemsMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ =>
            {
                Interlocked.Increment(ref _dropped);
                _hub.CountDropped();
            });
    }

    public void Offer(LiveItem item) => _items.Writer.TryWrite(item);

    public bool TryTake([NotNullWhen(true)] out LiveItem? item) => _items.Reader.TryRead(out item);

    /// <summary>How many items were lost since this was last asked.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    public void Dispose() => _hub.Unsubscribe(this);
}
