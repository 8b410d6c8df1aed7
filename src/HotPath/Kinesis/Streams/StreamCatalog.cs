using System.Text;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// The streams that exist. Any thread may call it: what changes them takes a lock, PutRecords reads one published array.
/// No timers: a status that is over ends when somebody looks.
/// </summary>
internal sealed class StreamCatalog
{
    /// <summary>A stream is dated back a little, so that its first sequence number lies before every record's.</summary>
    private const long CreatedBackSeconds = 3;

    private readonly object _changing = new();
    private readonly SortedDictionary<string, KinesisStream> _streams = new(StringComparer.Ordinal);
    private readonly KinesisOptions _options;
    private readonly NameTables _names;
    private readonly IClock _clock;
    private volatile OpenShards[] _open = [];
    private long _settlesAtMicros = long.MaxValue;

    /// <exception cref="KinesisConfigurationException">The names directory has no room for a configured stream.</exception>
    public StreamCatalog(KinesisOptions options, NameTables names, IClock clock)
    {
        _options = options;
        _names = names;
        _clock = clock;
        foreach (var stream in options.Streams)
        {
            var refusal = Create(stream.Name, stream.Shards, stream.TimestampUnit, transitionMs: 0);
            if (refusal is not null)
            {
                throw new KinesisConfigurationException(
                    $"Stream {stream.Name} cannot be made: {refusal.Message} Configure fewer streams or shards.");
            }
        }
    }

    /// <summary>Finds the open shards of a stream that takes records. Never allocates while no status ends.</summary>
    public bool TryGetOpen(ReadOnlySpan<byte> nameUtf8, long nowMicros, out OpenShards open)
    {
        if (nowMicros >= Volatile.Read(ref _settlesAtMicros))
        {
            SettleDue();
        }

        // A handful of streams: a scan beats a hash.
        foreach (var stream in _open)
        {
            if (stream.NameUtf8.AsSpan().SequenceEqual(nameUtf8))
            {
                open = stream;
                return true;
            }
        }

        open = null!;
        return false;
    }

    /// <summary>Reads or changes one stream under the lock.</summary>
    public Refusal? With(string name, Func<KinesisStream, Refusal?> action)
    {
        lock (_changing)
        {
            SettleDue();
            var refusal = _streams.TryGetValue(name, out var stream) ? action(stream) : NotFound(name);
            Publish();
            return refusal;
        }
    }

    /// <summary>All names, in order, after the given one.</summary>
    public IReadOnlyList<string> NamesAfter(string? after)
    {
        lock (_changing)
        {
            SettleDue();
            return [.. _streams.Keys.Where(name => string.CompareOrdinal(name, after) > 0)];
        }
    }

    public int OpenShardCount
    {
        get
        {
            lock (_changing)
            {
                return _streams.Values.Sum(stream => stream.OpenShardCount);
            }
        }
    }

    public Refusal? Create(string name, int shardCount) =>
        Create(name, shardCount, TimestampUnit.Milliseconds, _options.StreamTransitionMs);

    public Refusal? Delete(string name) => With(name, stream =>
    {
        stream.Begin(StreamStatus.Deleting, SettleTime(_options.StreamTransitionMs), () => _streams.Remove(name));
        return null;
    });

    /// <summary>
    /// Replaces shards by others: closes the parents and opens one shard per range, after the time of transition. A range
    /// is told with its parents.
    /// </summary>
    public Refusal? Reshard(KinesisStream stream, IReadOnlyList<(HashKeyRange Range, int Parent, int? Adjacent)> children)
    {
        var parents = children.SelectMany(child => new[] { child.Parent, child.Adjacent ?? child.Parent })
            .Distinct()
            .ToArray();
        var names = children.Select((_, at) => stream.Shards.Count + at).ToArray();
        if (!names.All(index => TryIntern(_names.Sources, SourceName(stream.Name, index), out _)))
        {
            return NamesFull();
        }

        stream.Begin(StreamStatus.Updating, SettleTime(_options.StreamTransitionMs), () =>
        {
            var nowSeconds = NowSeconds();
            foreach (var parent in parents)
            {
                stream.CloseShard(parent, nowSeconds);
            }

            foreach (var (range, parent, adjacent) in children)
            {
                // A child is dated after its parents' last record, which may lie in this very second.
                AddShard(stream, range, nowSeconds + 1, (parent, adjacent));
            }
        });
        return null;
    }

    public Refusal? CheckShardLimit(int additional)
    {
        var count = OpenShardCount;
        return count + additional <= _options.Limits.ShardsMax
            ? null
            : Refusal.LimitExceeded(
                $"This request would exceed the shard limit for the account {_options.AccountId} in {_options.Region}. " +
                $"Current shard count for the account: {count}. Limit: {_options.Limits.ShardsMax}. Number of additional " +
                $"shards that would have resulted from this request: {additional}. Refer to the AWS Service Limits page " +
                "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to " +
                "request higher limits.");
    }

    public Refusal NotFound(string name) =>
        Refusal.NotFound($"Stream {name} under account {_options.AccountId} not found.");

    public string ArnOf(string name) => $"arn:aws:kinesis:{_options.Region}:{_options.AccountId}:stream/{name}";

    private Refusal? Create(string name, int shardCount, TimestampUnit unit, int transitionMs)
    {
        lock (_changing)
        {
            SettleDue();
            if (_streams.ContainsKey(name))
            {
                return Refusal.InUse($"Stream {name} under account {_options.AccountId} already exists.");
            }

            var tooMany = CheckShardLimit(shardCount);
            if (tooMany is not null)
            {
                return tooMany;
            }

            if (!TryIntern(_names.Listeners, $"kinesis:{name}", out var listener)
                || !Enumerable.Range(0, shardCount).All(index => TryIntern(_names.Sources, SourceName(name, index), out _)))
            {
                return NamesFull();
            }

            var created = NowSeconds() - CreatedBackSeconds;
            var stream = new KinesisStream
            {
                Name = name,
                Listener = (ushort)listener,
                TimestampUnit = unit,
                CreatedSeconds = created,
            };
            stream.Begin(StreamStatus.Creating, SettleTime(transitionMs), () =>
            {
                foreach (var range in HashKeyRange.Divide(shardCount))
                {
                    AddShard(stream, range, created, (null, null));
                }
            });
            _streams.Add(name, stream);
            Publish();
            return null;
        }
    }

    private void AddShard(
        KinesisStream stream, HashKeyRange range, long createdSeconds, (int? Parent, int? Adjacent) parents)
    {
        var index = stream.Shards.Count;
        _ = TryIntern(_names.Sources, SourceName(stream.Name, index), out var source);
        stream.AddShard(new StreamShard
        {
            Index = index,
            HashKeys = range,
            CreatedSeconds = createdSeconds,
            SourceIndex = source,
            ParentIndex = parents.Parent,
            AdjacentParentIndex = parents.Adjacent,
        });
    }

    private static string SourceName(string stream, int shardIndex) => $"{stream}/{StreamShard.IdOf(shardIndex)}";

    private bool TryIntern(NameDirectory directory, string name, out int index) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(name), _clock.NowMicros, out index)
            is InternOutcome.Known or InternOutcome.Added;

    private static Refusal NamesFull() =>
        Refusal.LimitExceeded("The directory of names has no room for another stream or shard.");

    private long NowSeconds() => _clock.NowMicros / 1_000_000;

    private long SettleTime(int transitionMs) => _clock.NowMicros + (transitionMs * 1_000L);

    private void SettleDue()
    {
        lock (_changing)
        {
            var nowMicros = _clock.NowMicros;
            if (nowMicros < _settlesAtMicros)
            {
                return;
            }

            foreach (var stream in _streams.Values.Where(stream => stream.SettlesAtMicros <= nowMicros).ToArray())
            {
                stream.Settle();
            }

            Publish();
        }
    }

    /// <summary>Makes what the lock guards visible to PutRecords.</summary>
    private void Publish()
    {
        var settlesAtMicros = _streams.Values.Select(stream => stream.SettlesAtMicros).DefaultIfEmpty(long.MaxValue).Min();
        Volatile.Write(ref _settlesAtMicros, settlesAtMicros);
        if (_clock.NowMicros >= settlesAtMicros)
        {
            SettleDue();
            return;
        }

        _open = [.. _streams.Values
            .Where(stream => stream.TakesRecords)
            .Select(stream => new OpenShards(stream.Name, stream.Listener, stream.TimestampUnit, stream.Shards))];
    }
}
