using System.Collections.Concurrent;
using System.Text;
using HotPath.Delta.Tests.Storage;
using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// An object store that does, or does not do, what a commit asks for and loses the answer; of some commits it then does not
/// say for a while whether they are there, and some writers are killed before they could ask.
/// </summary>
internal sealed class UncertainStore : IUncertainTables
{
    /// <summary>What a client of S3 asks before it gives up: once and four times more.</summary>
    private const int QuestionsUnanswered = 5;

    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(10);

    private readonly S3StandIn _server = new() { PageKeys = 1000 };
    private readonly Random _random;
    private readonly ConcurrentDictionary<string, int> _silent = new();
    private readonly ConcurrentDictionary<string, ManualResetEventSlim> _deadly = new();
    private long _landed;
    private long _notLanded;
    private long _told;
    private long _kills;

    /// <param name="seed">Of what happens to which commit.</param>
    /// <param name="forgetsTransactions">
    /// The negative control: commits are shown without their txn and without the mark of who made them, as if the sink did
    /// not look at either.
    /// </param>
    public UncertainStore(int seed, bool forgetsTransactions)
    {
        _random = new Random(seed);
        _server.Done = OnDone;
        if (forgetsTransactions)
        {
            _server.Shown = WithoutTransactions;
        }

        // The service finds both in its environment, as everybody does who reads the tables here.
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_S3", _server.Endpoint);
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "key");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret");
    }

    public string Location => "s3://plant/tables";

    public long UnknownCommits => Interlocked.Read(ref _landed) + Interlocked.Read(ref _notLanded);

    public IEnumerable<(string What, double Count)> Counts =>
    [
        ("landed", _landed), ("notLanded", _notLanded), ("toldUnknown", _told), ("killedBeforeAnswer", _kills),
    ];

    public Task BeginAsync(Service service)
    {
        _server.Fault = FaultOf;
        return Task.CompletedTask;
    }

    public async Task DisturbAsync(Service service)
    {
        await Task.Delay(10);
        foreach (var (key, killed) in _deadly)
        {
            await service.KillAsync();
            killed.Set();
            _deadly.TryRemove(key, out _);
            _kills++;
            await service.StartAsync();
        }
    }

    public Task EndAsync(Service service)
    {
        _server.Fault = static (_, _) => S3Fault.None;
        return DisturbAsync(service);
    }

    public void Hear(string line)
    {
        if (line.Contains("No answer told whether version", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _told);
        }
    }

    public void Dispose() => _server.Dispose();

    private S3Fault FaultOf(string method, string key)
    {
        if (!key.Contains("/_delta_log/", StringComparison.Ordinal) || !key.EndsWith(".json", StringComparison.Ordinal))
        {
            return S3Fault.None;
        }

        if (method == "GET")
        {
            return IsSilent(key) ? S3Fault.Unavailable : S3Fault.None;
        }

        lock (_random)
        {
            return method == "PUT" && _random.Next(2) == 0 ? Disturb(key) : S3Fault.None;
        }
    }

    private S3Fault Disturb(string key)
    {
        var kind = _random.Next(20);
        if (kind == 0)
        {
            _silent[key] = QuestionsUnanswered;
        }
        else if (kind == 1)
        {
            _deadly[key] = new ManualResetEventSlim();
        }

        var hasLanded = kind == 1 || _random.Next(5) < 3;
        Interlocked.Increment(ref hasLanded ? ref _landed : ref _notLanded);
        var isBroken = kind == 1 || _random.Next(2) == 0;
        return (hasLanded, isBroken) switch
        {
            (true, true) => S3Fault.LoseAnswer,
            (true, false) => S3Fault.UnavailableButDone,
            (false, true) => S3Fault.LoseRequest,
            (false, false) => S3Fault.Unavailable,
        };
    }

    private bool IsSilent(string key)
    {
        while (_silent.TryGetValue(key, out var left))
        {
            if (left <= 0)
            {
                return false;
            }

            if (_silent.TryUpdate(key, left - 1, left))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Holds back the answer of a commit until whoever waits for it is dead.</summary>
    private void OnDone(string method, string key)
    {
        if (method == "PUT" && _deadly.TryGetValue(key, out var killed))
        {
            killed.Wait(KillPatience);
        }
    }

    private static byte[] WithoutTransactions(string key, byte[] content) => key.EndsWith(".json", StringComparison.Ordinal)
        ? Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(content).Split('\n').Where(IsShown)))
        : content;

    private static bool IsShown(string action) =>
        !action.StartsWith("{\"txn\":", StringComparison.Ordinal) && !action.StartsWith("{\"commitInfo\":", StringComparison.Ordinal);
}
