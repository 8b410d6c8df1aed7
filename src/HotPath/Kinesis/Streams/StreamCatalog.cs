using HotPath.Kinesis.Raw;

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
    private readonly ShardMaker _shards;
    private readonly StreamsFile _file;
    private volatile OpenShards[] _open = [];
    private long _settlesAtMicros = long.MaxValue;

    /// <summary>The streams that were written down, and those configured.</summary>
    /// <exception cref="KinesisConfigurationException">A configured stream cannot be made, or is written down as another.</exception>
    public StreamCatalog(KinesisOptions options, KinesisParts parts, RawLog? raw)
    {
        _options = options;
        _shards = new ShardMaker(parts, raw);
        _file = new StreamsFile(options.StatePath, parts.Ledger?.Instance ?? Guid.Empty);
        var start = new StreamsAtStart(_shards);
        foreach (var written in _file.Read())
        {
            _streams.Add(written.Name, start.Restore(written, options.Streams.FirstOrDefault(stream => stream.Name == written.Name)));
        }

        foreach (var configured in options.Streams)
        {
            if (_streams.TryGetValue(configured.Name, out var stream))
            {
                start.CutAsConfigured(stream, configured);
            }
            else if (Create(configured, transitionMs: 0) is { } notMade)
            {
                throw new KinesisConfigurationException(
                    $"Stream {configured.Name} cannot be made: {notMade.Message} Configure fewer streams or shards.");
            }
        }

        _file.Write(_streams.Values);
        Publish();
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

    /// <summary>Finds a shard as it is now.</summary>
    public bool TryFindShard(string name, int index, out ShardView view)
    {
        lock (_changing)
        {
            SettleDue();
            view = _streams.TryGetValue(name, out var stream) && index < stream.Shards.Count
                ? new ShardView(name, stream.Role, stream.Shards[index], stream.ChildrenOf(index))
                : null!;
            return view is not null;
        }
    }

    /// <summary>Why records cannot be put into a stream that takes none.</summary>
    public Refusal RefusePut(string name)
    {
        lock (_changing)
        {
            return _streams.TryGetValue(name, out var stream) && stream.Role != StreamRole.Ingest
                ? Refusal.AccessDenied($"Stream {name} is read only: it holds what was found in readings.")
                : NotFound(name);
        }
    }

    /// <summary>As <see cref="With"/>; when it was not refused the streams are written down before it returns.</summary>
    public Refusal? Change(string name, Func<KinesisStream, Refusal?> action)
    {
        lock (_changing)
        {
            var refusal = With(name, action);
            if (refusal is null)
            {
                _file.Write(_streams.Values);
            }

            return refusal;
        }
    }

    /// <summary>Looks at one stream under the lock.</summary>
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
        Create(new KinesisStreamOptions { Name = name, Shards = shardCount }, _options.StreamTransitionMs);

    public Refusal? Delete(string name) => Change(name, stream =>
    {
        stream.Begin(StreamStatus.Deleting, SettleTime(_options.StreamTransitionMs), () => _streams.Remove(name));
        return null;
    });

    /// <summary>Replaces shards by others. Called within <see cref="Change"/>.</summary>
    public Refusal? Reshard(KinesisStream stream, IReadOnlyList<(HashKeyRange Range, int Parent, int? Adjacent)> children) =>
        _shards.Reshard(stream, children, SettleTime(_options.StreamTransitionMs));

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

    private Refusal? Create(KinesisStreamOptions wanted, int transitionMs)
    {
        var (name, shardCount) = (wanted.Name, wanted.Shards);
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

            if (!_shards.TryName(name, shardCount, out var listener))
            {
                return ShardMaker.NamesFull;
            }

            var stream = new KinesisStream
            {
                Name = name,
                Listener = listener,
                TimestampUnit = wanted.TimestampUnit,
                Role = wanted.Role,
                ShardCountWanted = shardCount,
                CreatedSeconds = NowSeconds() - CreatedBackSeconds,
            };
            stream.Begin(StreamStatus.Creating, SettleTime(transitionMs), () => _shards.AddFirst(stream));
            _streams.Add(name, stream);
            _file.Write(_streams.Values);
            Publish();
            return null;
        }
    }

    public long NowSeconds() => _shards.NowSeconds;

    private long SettleTime(int transitionMs) => _shards.NowMicros + (transitionMs * 1_000L);

    private void SettleDue()
    {
        lock (_changing)
        {
            var nowMicros = _shards.NowMicros;
            if (nowMicros < _settlesAtMicros)
            {
                return;
            }

            foreach (var stream in _streams.Values.Where(stream => stream.SettlesAtMicros <= nowMicros).ToArray())
            {
                stream.Settle();
            }

            // First written down: a shard that has answered is there after any restart.
            _file.Write(_streams.Values);
            Publish();
        }
    }

    /// <summary>Makes what the lock guards visible to PutRecords.</summary>
    private void Publish()
    {
        var settlesAtMicros = _streams.Values.Select(stream => stream.SettlesAtMicros).DefaultIfEmpty(long.MaxValue).Min();
        Volatile.Write(ref _settlesAtMicros, settlesAtMicros);
        if (_shards.NowMicros >= settlesAtMicros)
        {
            SettleDue();
            return;
        }

        _open = [.. _streams.Values.Where(stream => stream.TakesRecords).Select(stream => stream.Open)];
    }
}
