using System.Buffers;
using System.Net;
using System.Net.Sockets;
using HotPath.Audit;
using HotPath.Backtests;
using HotPath.Configuration;
using HotPath.Delta;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Ingest;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Kinesis;
using HotPath.Kinesis.Consume;
using HotPath.Kinesis.Raw;
using HotPath.Outputs;
using HotPath.Serve;
using HotPath.Serve.Live;
using HotPath.Sink;

namespace HotPath;

/// <summary>
/// The whole way of the data on one page, top to bottom: what is recovered, what listens, what turns, and how it ends.
/// Started and stopped by one thread.
/// </summary>
internal sealed class Pipeline : IAsyncDisposable
{
    /// <summary>What is not in the tables by then is in the journal, and goes into them after the next start.</summary>
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(20);

    /// <summary>A ring that stays full as long is stuck, and then what stands before it is lost.</summary>
    private static readonly TimeSpan IntakePatience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly CancellationTokenSource _stoppingSources = new();
    private readonly List<AgentRunner> _runners = [];
    private readonly List<FrameSenders> _frameSenders = [];
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ILogger _log;
    private readonly FileLock _lock;
    private readonly List<Task> _loops = [];
    private Task _sourcesEnded = Task.CompletedTask;

    private Pipeline(HotPathConfiguration configuration, ILoggerFactory logs)
    {
        Configuration = configuration;
        Logs = logs;
        _log = logs.CreateLogger("hotpath");
        Directory.CreateDirectory(configuration.Data);
        _lock = FileLock.Take(Path.Combine(configuration.Data, "lock"));

        // What was there before: the journal is read back through the shards; no LSN is given twice.
        var sinkOptions = configuration.ToSinkOptions();
        SinkOpening? tables = null;
        Engine = HotPathEngine.Open(configuration.ToEngineOptions(), Clock, instance =>
        {
            tables = SinkOpening.AtStart(sinkOptions, instance);
            return tables.LsnMax;
        });

        // UDP sockets -> decode -> ring.
        var quota = new NameQuota();
        Udp = [.. configuration.Udp.SelectMany(listener => OpenUdp(listener, quota))];

        // The ledger as streams and outputs read it.
        var ledger = new LedgerSource(
            Engine.Journal.Recovery.Instance, Engine.Names, lsn => Engine.NewLedgerReader(lsn), () => Engine.SafeLsn, WriteEvidence);

        // PutRecords -> decode -> ring; answered when the journal is durable.
        Gate = new DurableGate(Engine.JournalWriter.Durable);
        Kinesis = configuration.Kinesis is { } kinesis
            ? new KinesisEndpoint(
                configuration.ToEndpointOptions(kinesis),
                new KinesisParts(
                    Engine.Names,
                    () => new EngineIntake(new RecordDecoder(Engine.Names, quota), Engine.NewInlet()),
                    Gate,
                    Clock)
                {
                    Ledger = ledger,
                    NextLsn = () => Engine.Ring.Sequencer.NextLsn,
                    Journal = new RawJournal(
                        Engine.Journal.Recovery.Instance,
                        Engine.Journal.Recovery.LastLsn,
                        () => Engine.JournalWriter.Durable.DurableLsn,
                        directory => new LibcDisk(directory)),
                    OnFault = fault => _log.LogError(fault, "A call to the Kinesis endpoint failed."),
                })
            : null;

        // Upstream streams -> decode -> ring, each block with the position behind it.
        Sources = new KinesisSources(configuration.KinesisSource, Engine, quota, Clock, logs.CreateLogger("hotpath.source"));

        // Ledger -> output streams, webhooks, buses.
        Outputs = new OutputSet(configuration, ledger, Clock, logs.CreateLogger("hotpath.output"));

        // Journal and ledger -> Delta tables; ledger -> live view -> page.
        Sink = new DeltaSink(Engine, tables!, sinkOptions, WriteEvidence, logs.CreateLogger("hotpath.sink"));
        Upkeep = new SinkUpkeep(() => Sink.Problem is null ? Sink.Tables : [], sinkOptions, TimeProvider.System, logs.CreateLogger("hotpath.upkeep"));
        Engine.Retention.AddSink(() => Sink.PositionLsn);
        foreach (var output in Outputs.All)
        {
            Engine.Retention.AddSink(() => output.PositionLsn);
        }

        Live = new LiveView(Engine.Names, new StateCategories(Engine.Names, Engine.Rules));
        Array.ForEach(Engine.Shards, shard => shard.TellStates(status => Live.Begin(status)));
        Feed = new LiveFeed(Engine, Live);
        Watch = new ShardWatch(Engine, Udp, Clock, Live.Adopt);
        View = new EngineView(this);
        var acknowledgements = new Acknowledgements();
        Audit = AuditLog.Open(
            new LibcDisk(Path.Combine(configuration.Data, "audit")), TimeProvider.System, acknowledgements.Recover);
        acknowledgements.WriteTo(Audit);
        Book = new RuleBook(
            Engine, Clock, Gate, new RuleFilesNote(configuration.Data),
            new RuleVersions(Engine.Rules, configuration.Delta.Location, new DeltaTableOptions { S3 = sinkOptions.S3 }), Audit, _log);
        Backtest = new Backtest(
            configuration.Delta.Location, new DeltaTableOptions { S3 = sinkOptions.S3 }, configuration.ToEngineOptions().Time, new BacktestLimits());
        var hostOptions = configuration.ToHostOptions(ProductVersion) with
        {
            Backtest = Backtest,
            Logs = new ForwardedLogs(logs),
            WriteEvidence = WriteEvidence,
            Rules = Book,
            Audit = Audit,
            Acknowledgements = acknowledgements,
        };
        Http = new HttpHost(hostOptions, Live, View, Engine.Names);
    }

    public static string ProductVersion { get; } = typeof(Pipeline).Assembly.GetName().Version!.ToString(3);

    public HotPathConfiguration Configuration { get; }

    public ILoggerFactory Logs { get; }

    public SystemClock Clock { get; } = new();

    public HotPathEngine Engine { get; }

    public IReadOnlyList<UdpAgent> Udp { get; }

    public DurableGate Gate { get; }

    public KinesisEndpoint? Kinesis { get; }

    public KinesisSources Sources { get; }

    public OutputSet Outputs { get; }

    public DeltaSink Sink { get; }

    public SinkUpkeep Upkeep { get; }

    public LiveView Live { get; }

    public LiveFeed Feed { get; }

    public ShardWatch Watch { get; }

    public EngineView View { get; }

    /// <summary>Who changed what.</summary>
    public AuditLog Audit { get; }

    /// <summary>The rules in force, and every way to change them.</summary>
    public RuleBook Book { get; }

    /// <summary>Rules on recorded readings, beside the service.</summary>
    public Backtest Backtest { get; }

    public HttpHost Http { get; }

    /// <summary>Managed bytes that the engine's hot threads have allocated since they were started.</summary>
    public long EngineAllocatedBytes =>
        _runners.Where(runner => runner.Name != Engine.Snapshots.Name).Sum(runner => runner.AllocatedBytes);

    /// <summary>The first fault of an agent: nothing is taken any more, and the process should end.</summary>
    public Task<Exception> Failed => _failed.Task;

    /// <summary>Recovers, puts the rules into force if their files changed, and opens every door, the page's first.</summary>
    public static Task<Pipeline> StartAsync(HotPathConfiguration configuration, RuleDocument rules, ILoggerFactory logs) =>
        StartAsync(configuration, rules, [], logs);

    /// <param name="configuration">Checked.</param>
    /// <param name="rules">What the rule files hold; null when they are faulty.</param>
    /// <param name="faults">Why they are: the last good document of the journal stays in force, if there is one.</param>
    /// <param name="logs">Where it logs to.</param>
    /// <exception cref="RulesRefusedException">There are no rules to begin with.</exception>
    public static async Task<Pipeline> StartAsync(
        HotPathConfiguration configuration, RuleDocument? rules, IReadOnlyList<string> faults, ILoggerFactory logs)
    {
        var pipeline = new Pipeline(configuration, logs);
        try
        {
            if (rules is not null)
            {
                pipeline.Book.TryTakeFiles(rules, out faults);
            }
            else
            {
                pipeline.Book.RefuseFiles(faults);
            }

            if (faults.Count > 0 && pipeline.Engine.RuleVersion == RuleCatalog.NoVersion)
            {
                throw new RulesRefusedException(faults);
            }

            pipeline.StartAgents();
            await pipeline.Book.SettleAsync(CancellationToken.None);
            await pipeline.Http.StartAsync(CancellationToken.None);
            if (pipeline.Kinesis is { } kinesis)
            {
                await kinesis.StartAsync(CancellationToken.None);
            }

            pipeline.View.IsStarted = true;
            return pipeline;
        }
        catch
        {
            await pipeline.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// No more intake; the ring runs empty (waiting readings stay waiting: this is no end of input); what can be
    /// committed in time is committed; the next start goes on from a snapshot.
    /// </summary>
    public async Task StopAsync()
    {
        View.IsStarted = false;
        foreach (var listener in Udp)
        {
            listener.StopIntake();
        }

        if (Kinesis is not null)
        {
            await Kinesis.StopAsync(CancellationToken.None);
        }

        await _stoppingSources.CancelAsync();
        await _sourcesEnded;

        // What a receiver has at hand was counted as received.
        await WaitUntilAsync(() => Udp.All(listener => listener.HasStopped), IntakePatience);
        var lastLsn = Engine.CloseIntake();
        await WaitUntilAsync(() => Engine.SafeLsn >= lastLsn);
        var snapshots = Engine.Snapshots.TakenCount;
        Engine.Snapshots.Want();
        await _stopping.CancelAsync();
        _givingUp.CancelAfter(FlushPatience);
        await Task.WhenAll(_loops);
        await WaitUntilAsync(() => Engine.Snapshots.TakenCount > snapshots || Engine.Snapshots.Problem is not null);
        await Http.StopAsync(CancellationToken.None);
        _log.LogInformation("Stopped at LSN {Lsn}; the tables hold everything up to {Position}.", lastLsn, Sink.PositionLsn);
    }

    public async ValueTask DisposeAsync()
    {
        await _stoppingSources.CancelAsync();
        await _sourcesEnded;
        await _stopping.CancelAsync();
        await _givingUp.CancelAsync();
        await Task.WhenAll(_loops);
        var stuck = Enumerable.Reverse(_runners).Where(runner => !runner.Stop(FlushPatience)).Select(runner => runner.Name).ToList();
        Gate.Dispose();
        await Http.DisposeAsync();
        if (Kinesis is not null)
        {
            await Kinesis.DisposeAsync();
        }

        Book.Dispose();
        Audit.Dispose();
        Feed.Dispose();
        Watch.Dispose();
        Backtest.Dispose();
        Sink.Dispose();
        Sources.Dispose();
        Outputs.Dispose();
        if (stuck.Count > 0)
        {
            // A disk that hangs holds a thread. What it works on is left to the end of the process, and so is the lock.
            _log.LogCritical("{Threads} did not end within {Patience}.", string.Join(", ", stuck), FlushPatience);
            return;
        }

        foreach (var listener in Udp)
        {
            listener.Dispose();
        }

        _frameSenders.ForEach(senders => senders.Dispose());

        Engine.Dispose();
        _lock.Dispose();
        _stoppingSources.Dispose();
        _stopping.Dispose();
        _givingUp.Dispose();
    }

    private void WriteEvidence(ReadOnlySpan<byte> evidence, IBufferWriter<byte> into) =>
        Evidence.WriteJson(evidence, Engine.Names, Engine.Rules, into);

    private List<UdpAgent> OpenUdp(Configuration.UdpOptions configured, NameQuota quota)
    {
        var options = configured.ToAgentOptions();
        var senders = new FrameSenders(Clock.NowMicros, options.Receivers);
        _frameSenders.Add(senders);
        var agents = new List<UdpAgent>();
        for (var receiver = 0; receiver < options.Receivers; receiver++)
        {
            // UDP fills at most half of the ring, so that large calls do not starve.
            var socket = OpenSocket(options);
            if (socket.Warning is { } warning)
            {
                _log.LogWarning("{Warning}", warning);
            }

            options = options with { Listen = new IPEndPoint(options.Listen.Address, socket.Local.Port) };
            agents.Add(new UdpAgent(
                $"udp:{options.Listen}", options, socket, Engine.NewInlet(ringShare: 0.5), Engine.Ring.SlotCount / 4,
                Engine.Names, quota, Clock, senders));
        }

        return agents;
    }

    private static DatagramReceiver OpenSocket(Engine.Ingest.UdpOptions options)
    {
        try
        {
            return UdpSocket.Open(options);
        }
        catch (SocketException fault)
        {
            throw new IOException(
                $"UDP cannot listen on {options.Listen}: {fault.Message}. Stop what listens there, or configure another udp.listen.", fault);
        }
    }

    private void StartAgents()
    {
        // One cpu a thread, in the order of the data's way, until there are no more.
        var agents = Engine.ThreadAgents(Environment.ProcessorCount);
        var cpus = Udp.Concat(agents.Where(Engine.IsOnTheWay)).Zip(Configuration.Affinity).ToDictionary(pinned => pinned.First, pinned => pinned.Second);
        if (cpus.Count < Configuration.Affinity.Length)
        {
            _log.LogWarning(
                "affinity has {Count} cpus, but there are {Threads} threads to keep on one; the last ones are not used.",
                Configuration.Affinity.Length, cpus.Count);
        }

        foreach (var agent in agents)
        {
            Run(agent, Engine.WaitStrategyOf(agent), CpuOf(agent));
        }

        foreach (var listener in Udp)
        {
            Run(listener, new OwnWaitStrategy(), CpuOf(listener));
        }

        Gate.Start();
        _sourcesEnded = Task.Run(() => WatchedAsync("sources", Sources.RunAsync(_stoppingSources.Token)));
        _loops.Add(Task.Run(() => WatchedAsync("upkeep of tables", Upkeep.RunAsync(_stopping.Token))));
        _loops.Add(LoopThread.Run("sink", () => WatchedAsync("sink", Sink.RunAsync(_stopping.Token, _givingUp.Token))));
        _loops.Add(Task.Run(() => WatchedAsync("outputs", Outputs.RunAsync(_stopping.Token))));
        _loops.Add(Task.Run(() => WatchedAsync("live view", Feed.RunAsync(_stopping.Token))));

        int? CpuOf(IAgent agent) => cpus.TryGetValue(agent, out var cpu) ? cpu : null;
    }

    private void Run(IAgent agent, WaitStrategy waitStrategy, int? cpu)
    {
        var runner = new AgentRunner(agent, waitStrategy, OnAgentFault, cpu);
        _runners.Add(runner);
        runner.Start();
    }

    private void OnAgentFault(IAgent agent, Exception fault) => OnFault(agent.Name, fault);

    /// <summary>A loop that ends with a fault must be heard of at once, not when the process is stopped.</summary>
    private async Task WatchedAsync(string name, Task loop)
    {
        try
        {
            await loop;
        }
        catch (Exception fault)
        {
            OnFault(name, fault);
        }
    }

    private void OnFault(string name, Exception fault)
    {
        _log.LogCritical(fault, "{Name} failed; the process ends.", name);
        View.OnFault(name, fault);
        _failed.TrySetResult(fault);
    }

    /// <summary>With patience, and not beyond a fault.</summary>
    private async Task WaitUntilAsync(Func<bool> isSo, TimeSpan? most = null)
    {
        using var patience = new CancellationTokenSource(most ?? FlushPatience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!isSo() && !patience.IsCancellationRequested && !_failed.Task.IsCompleted)
        {
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
