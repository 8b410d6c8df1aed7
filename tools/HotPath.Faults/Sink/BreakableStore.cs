using HotPath.Delta.Tests.Storage;

namespace HotPath.Faults.Sink;

/// <summary>Tables in an object store on loopback that breaks every connection, refuses every request, or is slow.</summary>
internal sealed class BreakableStore : IBreakableTables
{
    private const int SlowMillisMax = 300;

    private readonly S3StandIn _server = new() { PageKeys = 1000 };
    private readonly Random _random;
    private bool _isDisposed;

    public BreakableStore(int seed)
    {
        _random = new Random(seed);

        // The service finds both in its environment, as everybody does who reads the tables here.
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_S3", _server.Endpoint);
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "key");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret");
    }

    public string Location => "s3://plant/tables";

    public IReadOnlyList<(string How, Func<Task> Go)> Ways =>
    [
        ("connections broken", () => SetAsync(static (_, _) => S3Fault.LoseRequest)),
        ("503", () => SetAsync(static (_, _) => S3Fault.Unavailable)),
    ];

    public Task ComeBackAsync() => SetAsync(static (_, _) => S3Fault.None);

    /// <summary>Every request takes up to 0.3 s, one in five is refused or its answer lost.</summary>
    public async Task ShakeAsync(TimeSpan time)
    {
        await SetAsync(Shaky);
        await Task.Delay(time);
        await ComeBackAsync();
    }

    /// <summary>Once more is once.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _server.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private Task SetAsync(Func<string, string, S3Fault> fault)
    {
        _server.Fault = fault;
        return Task.CompletedTask;
    }

    private S3Fault Shaky(string method, string key)
    {
        int millis, kind;
        lock (_random)
        {
            (millis, kind) = (_random.Next(SlowMillisMax), _random.Next(15));
        }

        // The stand-in serves each connection by a task of its own.
        Thread.Sleep(millis);
        return kind switch
        {
            0 => S3Fault.Unavailable,
            1 => S3Fault.LoseAnswer,
            2 => S3Fault.LoseRequest,
            _ => S3Fault.None,
        };
    }
}
