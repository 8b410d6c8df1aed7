using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// A directory on a disk that fails in the moment of commit, by strace: the commit's name is there, and either the sync that
/// would make it last fails, or the removal of its temporary name. In between the link itself fails, so that nothing is there.
/// </summary>
internal sealed class UncertainDirectory(string location, int seed) : IUncertainTables
{
    private const int FaultsPerLife = 20;
    private static readonly TimeSpan LifeMax = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private long _unknown;
    private long _refused;
    private long _lives;

    public string Location => location;

    public long UnknownCommits => Interlocked.Read(ref _unknown);

    public IEnumerable<(string What, double Count)> Counts => [("refused", _refused), ("lives", _lives)];

    public Task BeginAsync(Service service) => NextLifeAsync(service);

    /// <summary>One life of the service, until enough has happened in it; then a kill and the next.</summary>
    public async Task DisturbAsync(Service service)
    {
        var before = Faults;
        using var over = new CancellationTokenSource(LifeMax);
        while (Faults < before + FaultsPerLife && !over.IsCancellationRequested && !service.HasExited)
        {
            await Task.Delay(20);
        }

        if (!service.HasExited)
        {
            await NextLifeAsync(service);
        }
    }

    public async Task EndAsync(Service service)
    {
        await service.KillAsync();
        service.Under = [];
        await service.StartAsync();
    }

    public void Hear(string line)
    {
        if (line.Contains("No answer told whether version", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _unknown);
        }
        else if (line.Contains("The tables cannot be written", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _refused);
        }
    }

    public void Dispose()
    {
        // Nothing is held; the directory is the round's.
    }

    private long Faults => UnknownCommits + Interlocked.Read(ref _refused);

    private async Task NextLifeAsync(Service service)
    {
        await service.KillAsync();
        service.Under = _lives % 3 == 1 ? NamesFail() : SyncsFail();
        await service.StartAsync();
        _lives++;
    }

    /// <summary>Calls are counted by thread, and every name of a log is made by one.</summary>
    private string[] SyncsFail() =>
    [
        .. Tracer("fsync"),
        "-e", $"inject=fsync:error=EIO:when={_random.Next(2, 6)}+{_random.Next(2, 6)}",
        .. LogCheck.Tables.SelectMany(table => new[] { "-P", Path.Combine(location, table, "_delta_log") }),
    ];

    private string[] NamesFail() =>
    [
        .. Tracer("unlink,link"),
        "-e", $"inject=unlink:error=EIO:when={_random.Next(10, 20)}+{_random.Next(3, 9)}",
        "-e", $"inject=link:error=EIO:when={_random.Next(10, 20)}+{_random.Next(5, 15)}",
    ];

    private static string[] Tracer(string calls) => ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", $"trace={calls}"];
}
