using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace HotPath.Tests.Kinesis;

/// <summary>
/// A Kinesis-compatible service of one stream in memory, behind HttpClient without a socket: shards that split, records,
/// trimming, iterators that expire, and faults on demand. Its numbers are LSN-like counters, ten digits and more.
/// </summary>
internal sealed partial class ScriptedUpstream : HttpMessageHandler
{
    private readonly Lock _calling = new();
    private readonly List<Shard> _shards = [];
    private readonly Queue<string> _faults = new();
    private long _nextNumber = 1_000_000_000;
    private int _iteratorGeneration;

    public int RecordsPerPage { get; set; } = 3;

    /// <summary>Shards a page of ListShards.</summary>
    public int ShardsPerPage { get; set; } = 2;

    public Dictionary<string, int> Calls { get; } = [];

    /// <summary>While the service runs.</summary>
    public int CallsOf(string operation)
    {
        lock (_calling)
        {
            return Calls.GetValueOrDefault(operation);
        }
    }

    /// <summary>Requests that were not signed by the key <c>AK</c>.</summary>
    public int Unsigned { get; private set; }

    public string AddShard(params string[] parents)
    {
        lock (_calling)
        {
            var shard = new Shard($"shardId-{_shards.Count:D12}", parents);
            foreach (var parent in parents)
            {
                Find(parent).IsClosed = true;
            }

            _shards.Add(shard);
            return shard.Id;
        }
    }

    public void Put(string shardId, params byte[][] records)
    {
        lock (_calling)
        {
            foreach (var record in records)
            {
                Find(shardId).Records.Add((_nextNumber++, record));
            }
        }
    }

    public void Put(string shardId, params string[] records) => Put(shardId, [.. records.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>The oldest records of a shard are gone, and numbers before what is left are refused.</summary>
    public void Trim(string shardId, int records)
    {
        lock (_calling)
        {
            Find(shardId).Records.RemoveRange(0, records);
            Find(shardId).IsTrimmed = true;
        }
    }

    /// <summary>The next GetRecords is refused so.</summary>
    public void FailNextRead(string type)
    {
        lock (_calling)
        {
            _faults.Enqueue(type);
        }
    }

    public void ExpireIterators() => Interlocked.Increment(ref _iteratorGeneration);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var operation = request.Headers.GetValues("x-amz-target").Single().Split('.')[1];
        var body = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken)).RootElement;
        lock (_calling)
        {
            Calls[operation] = Calls.GetValueOrDefault(operation) + 1;
            var authorization = request.Headers.Authorization?.ToString() ?? "";
            Unsigned += authorization.Contains("Credential=AK/", StringComparison.Ordinal) ? 0 : 1;
            return operation switch
            {
                "ListShards" => ListShards(body),
                "GetShardIterator" => GetShardIterator(body),
                "GetRecords" => GetRecords(body),
                _ => FanOut(operation, body),
            };
        }
    }

    private HttpResponseMessage ListShards(JsonElement body)
    {
        var token = body.TryGetProperty("NextToken", out var given) ? int.Parse(given.GetString()!, CultureInfo.InvariantCulture) : 0;
        if (token > 0 && body.TryGetProperty("StreamName", out _))
        {
            return Refused("InvalidArgumentException");
        }

        var next = token + ShardsPerPage;
        return Answer(new
        {
            NextToken = next < _shards.Count ? next.ToString(CultureInfo.InvariantCulture) : null,
            Shards = _shards.Skip(token).Take(ShardsPerPage).Select(shard => new
            {
                ShardId = shard.Id,
                ParentShardId = shard.Parents.ElementAtOrDefault(0),
                AdjacentParentShardId = shard.Parents.ElementAtOrDefault(1),
                HashKeyRange = new { StartingHashKey = "0", EndingHashKey = UInt128.MaxValue.ToString(CultureInfo.InvariantCulture) },
                SequenceNumberRange = new { StartingSequenceNumber = "0" },
            }),
        });
    }

    private HttpResponseMessage GetShardIterator(JsonElement body)
    {
        var shard = Find(body.GetProperty("ShardId").GetString()!);
        var from = 0L;
        switch (body.GetProperty("ShardIteratorType").GetString())
        {
            case "AFTER_SEQUENCE_NUMBER":
                from = long.Parse(body.GetProperty("StartingSequenceNumber").GetString()!, CultureInfo.InvariantCulture) + 1;
                if (shard.IsTrimmed && (shard.Records.Count == 0 || from < shard.Records[0].Number))
                {
                    return Refused("InvalidArgumentException");
                }

                break;
            case "LATEST" or "AT_TIMESTAMP":
                from = _nextNumber;
                break;
            default:
                break;
        }

        return Answer(new { ShardIterator = $"{shard.Id}/{from}/{_iteratorGeneration}" });
    }

    private HttpResponseMessage GetRecords(JsonElement body)
    {
        if (_faults.TryDequeue(out var fault))
        {
            return Refused(fault);
        }

        var parts = body.GetProperty("ShardIterator").GetString()!.Split('/');
        if (int.Parse(parts[2], CultureInfo.InvariantCulture) != _iteratorGeneration)
        {
            return Refused("ExpiredIteratorException");
        }

        var shard = Find(parts[0]);
        var from = long.Parse(parts[1], CultureInfo.InvariantCulture);
        var page = shard.Records.Where(record => record.Number >= from).Take(RecordsPerPage).ToArray();
        var next = page.Length > 0 ? page[^1].Number + 1 : from;
        var isAtEnd = !shard.Records.Any(record => record.Number >= next);
        return Answer(new
        {
            NextShardIterator = isAtEnd && shard.IsClosed ? null : $"{shard.Id}/{next}/{_iteratorGeneration}",
            MillisBehindLatest = isAtEnd ? 0 : 5_000,
            Records = page.Select(record => new
            {
                SequenceNumber = record.Number.ToString(CultureInfo.InvariantCulture),
                PartitionKey = "k",
                Data = Convert.ToBase64String(record.Data),
                EncryptionType = (string?)null,
            }),
        });
    }

    private Shard Find(string id) => _shards.Single(shard => shard.Id == id);

    private static HttpResponseMessage Answer(object body) =>
        new(HttpStatusCode.OK) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) };

    private static HttpResponseMessage Refused(string type) => new(HttpStatusCode.BadRequest)
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["__type"] = $"com.amazonaws.kinesis#{type}:http://...",
            ["message"] = "Scripted.",
        })),
    };

    private sealed class Shard(string id, string[] parents)
    {
        public string Id => id;

        public string[] Parents => parents;

        public List<(long Number, byte[] Data)> Records { get; } = [];

        public bool IsClosed { get; set; }

        public bool IsTrimmed { get; set; }
    }
}
