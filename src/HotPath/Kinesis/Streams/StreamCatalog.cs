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
    private readonly Func<long> _nextLsn;
    private readonly StreamsFile _file;
    private volatile OpenShards[] _open = [];
    private long _settlesAtMicros = long.MaxValue;

    /// <summary>The streams that were written down, and those configured.</summary>
    /// <exception cref="KinesisConfigurationException">A configured stream cannot be made, or is written down as another.</exception>
    public StreamCatalog(KinesisOptions options, KinesisParts parts)
    {
        _options = options;
        _names = parts.Names;
        _clock = parts.Clock;
        _nextLsn = parts.NextLsn;
        _file = new StreamsFile(options.StatePath, parts.Ledger?.Instance ?? Guid.Empty);
        foreach (var written in _file.Read())
        {
            Restore(written, options.Streams.FirstOrDefault(stream => stream.Name == written.Name));
        }

        foreach (var stream in options.Streams)
        {
            Configure(stream);
        }

        Publish();
        _file.Write(_streams.Values);
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
            var lsnNext = _nextLsn();
            foreach (var parent in parents)
            {
                stream.CloseShard(parent, nowSeconds, lsnNext - 1);
            }

            foreach (var (range, parent, adjacent) in children)
            {
                // A child is dated after its parents' last record, which may lie in this very second.
                AddShard(stream, range, nowSeconds + 1, (parent, adjacent), lsnNext);
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

            if (!TryIntern(_names.Listeners, $"kinesis:{name}", out var listener)
                || !Enumerable.Range(0, shardCount).All(index => TryIntern(_names.Sources, SourceName(name, index), out _)))
            {
                return NamesFull();
            }

            var stream = new KinesisStream
            {
                Name = name,
                Listener = (ushort)listener,
                TimestampUnit = wanted.TimestampUnit,
                Role = wanted.Role,
                ShardCountWanted = shardCount,
                CreatedSeconds = NowSeconds() - CreatedBackSeconds,
            };
            stream.Begin(StreamStatus.Creating, SettleTime(transitionMs), () => AddFirstShards(stream));
            _streams.Add(name, stream);
            Publish();
            _file.Write(_streams.Values);
            return null;
        }
    }

    private void AddFirstShards(KinesisStream stream)
    {
        foreach (var range in HashKeyRange.Divide(stream.ShardCountWanted))
        {
            AddShard(stream, range, stream.CreatedSeconds, (null, null), lsnFirst: 0);
        }
    }

    /// <summary>A stream as it was written down; what it means for readings is the configuration's.</summary>
    private void Restore(WrittenStream written, KinesisStreamOptions? configured)
    {
        if (configured is not null && configured.Role != written.Role)
        {
            throw new KinesisConfigurationException(
                $"Stream {written.Name} exists with the role {written.Role} and is configured as {configured.Role}. Give it " +
                "another name.");
        }

        if (!TryIntern(_names.Listeners, $"kinesis:{written.Name}", out var listener))
        {
            throw new KinesisConfigurationException($"Stream {written.Name} cannot be made: {NamesFull().Message}");
        }

        var stream = new KinesisStream
        {
            Name = written.Name,
            Listener = (ushort)listener,
            TimestampUnit = configured?.TimestampUnit ?? TimestampUnit.Milliseconds,
            Role = written.Role,
            ShardCountWanted = written.ShardCount,
            CreatedSeconds = written.CreatedSeconds,
            RetentionHours = written.RetentionHours,
        };
        foreach (var tag in written.Tags)
        {
            stream.Tags.Add(tag.Key, tag.Value);
        }

        foreach (var consumer in written.Consumers)
        {
            stream.Consumers.Add(consumer.Name, consumer);
        }

        foreach (var shard in written.Shards)
        {
            stream.AddShard(Restored(stream, shard));
        }

        if (written.Shards.Count == 0)
        {
            // The process ended while the stream was being made.
            AddFirstShards(stream);
        }

        stream.Settle();
        _streams.Add(stream.Name, stream);
    }

    private StreamShard Restored(KinesisStream stream, WrittenShard shard)
    {
        var index = stream.Shards.Count;
        _ = TryIntern(_names.Sources, SourceName(stream.Name, index), out var source);
        return new StreamShard
        {
            Index = index,
            HashKeys = shard.HashKeys,
            CreatedSeconds = shard.CreatedSeconds,
            SourceIndex = source,
            ParentIndex = shard.Parent,
            AdjacentParentIndex = shard.AdjacentParent,
            ClosedSeconds = shard.ClosedSeconds,
            LsnFirst = shard.LsnFirst,
            LsnLast = shard.LsnLast,
        };
    }

    /// <summary>Makes a configured stream, or gives one that exists the number of shards that is configured now.</summary>
    private void Configure(KinesisStreamOptions configured)
    {
        if (!_streams.TryGetValue(configured.Name, out var stream))
        {
            if (Create(configured, transitionMs: 0) is { } notMade)
            {
                throw new KinesisConfigurationException(
                    $"Stream {configured.Name} cannot be made: {notMade.Message} Configure fewer streams or shards.");
            }

            return;
        }

        // Shards that were split or merged by calls stay as they are until the configured number itself changes.
        if (stream.ShardCountWanted != configured.Shards)
        {
            stream.ShardCountWanted = configured.Shards;
            if (Reshard(stream, ChildrenFor(stream, configured.Shards)) is { } refusal)
            {
                throw new KinesisConfigurationException(
                    $"Stream {configured.Name} cannot have {configured.Shards} shards: {refusal.Message} Configure fewer.");
            }

            stream.Settle();
        }
    }

    /// <summary>All hash keys cut anew; a new shard names as parents the first and last shard it takes from.</summary>
    public static IReadOnlyList<(HashKeyRange Range, int Parent, int? Adjacent)> ChildrenFor(KinesisStream stream, int count)
    {
        var open = stream.Shards.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeys.Start).ToArray();
        return
        [
            .. HashKeyRange.Divide(count).Select(range =>
            {
                var parents = open.Where(shard => shard.HashKeys.Overlaps(range)).ToArray();
                return (range, parents[0].Index, parents.Length > 1 ? parents[^1].Index : (int?)null);
            }),
        ];
    }

    private void AddShard(
        KinesisStream stream, HashKeyRange range, long createdSeconds, (int? Parent, int? Adjacent) parents, long lsnFirst)
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
            LsnFirst = lsnFirst,
        });
    }

    private static string SourceName(string stream, int shardIndex) => $"{stream}/{StreamShard.IdOf(shardIndex)}";

    private bool TryIntern(NameDirectory directory, string name, out int index) =>
        directory.TryIntern(Encoding.UTF8.GetBytes(name), _clock.NowMicros, out index)
            is InternOutcome.Known or InternOutcome.Added;

    private static Refusal NamesFull() =>
        Refusal.LimitExceeded("The directory of names has no room for another stream or shard.");

    public long NowSeconds() => _clock.NowMicros / 1_000_000;

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
            _file.Write(_streams.Values);
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
