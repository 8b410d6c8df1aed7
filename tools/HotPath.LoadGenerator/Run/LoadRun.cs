using System.Net.Sockets;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Truth;
using HotPath.LoadGenerator.Udp;

namespace HotPath.LoadGenerator.Run;

/// <summary>One run from the first reading to the truth: a thread for each feed, and this one for progress.</summary>
internal sealed class LoadRun : IDisposable
{
    /// <summary>
    /// Where nobody reports and nobody says a pace: what a receiver with default buffers keeps up with.
    /// </summary>
    private const double UnreportedPerSecond = 200_000;

    private const int ProgressMillis = 1_000;

    private readonly LoadOptions _options;
    private readonly TimeProvider _time;
    private readonly Plant _plant;
    private readonly RunLimits _limits;
    private readonly List<Lane> _lanes = [];
    private ReceiverReport? _report;
    private volatile Exception? _fault;

    public LoadRun(LoadOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _plant = new Plant(options.Plan);
        _limits = new RunLimits(options.Plan, options.Duration, time);
        Connect();
    }

    /// <summary>Ends the run in good order: the closing scene is still sent.</summary>
    public void Stop() => _limits.Stop();

    /// <summary>Throws <see cref="LoadFault"/> where the run could not be finished.</summary>
    public LoadResult Execute(Action<LoadProgress> onProgress)
    {
        foreach (var lane in _lanes)
        {
            lane.Thread.Start();
        }

        while (_lanes.Find(lane => lane.Thread.IsAlive) is { } running)
        {
            running.Thread.Join(ProgressMillis);
            onProgress(Progress());
        }

        if (_fault is { } fault)
        {
            throw new LoadFault(fault.Message, fault);
        }

        var progress = Progress();
        var all = new LoadCounters();
        _lanes.ForEach(lane => all.Add(lane.Counters));
        var truth = _options.TruthPath is null
            ? null
            : TruthFile.Write(_options.TruthPath, _plant, _lanes.Select(lane => lane.Feed), all);
        return new LoadResult(progress, truth);
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Sink.Dispose();
        }

        _report?.Dispose();
    }

    private LoadProgress Progress()
    {
        var udp = new LoadCounters();
        var kinesis = new LoadCounters();
        var file = new LoadCounters();
        foreach (var lane in _lanes)
        {
            (lane.Sink switch { DatagramSink => udp, PutRecordsSink => kinesis, _ => file }).Add(lane.Counters);
        }

        return new LoadProgress(_limits.Elapsed, udp, kinesis, file)
        {
            CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
            FeedCount = _lanes.Count,
            HasEnded = _lanes.TrueForAll(lane => !lane.Thread.IsAlive),
        };
    }

    private void Connect()
    {
        var gateways = _plant.Fleet.Gateways;
        var both = _options.Udp is not null && _options.Kinesis is not null;
        if (_options.OutputPath is { } path)
        {
            var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
            var sink = new FileSink(
                stream, PayloadFormats.CreateEncoder(_options.FileFormat, _plant, DatagramSink.DatagramBytesMax));
            AddLane("file", gateways, sink, new LoadCounters(), _options.ReadingsPerSecond);
        }

        if (_options.Udp is { } receiver)
        {
            ConnectUdp(receiver, [.. gateways.Where((_, index) => !both || index % 2 == 0)]);
        }

        if (_options.Kinesis is { } endpoint)
        {
            ConnectKinesis(endpoint, [.. gateways.Where((_, index) => !both || index % 2 == 1)]);
        }
    }

    private void ConnectUdp(Endpoint receiver, Gateway[] gateways)
    {
        var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(receiver.Host, receiver.Port);
        SendWindow? window = null;
        if (_options.Report is not null)
        {
            window = new SendWindow(_options.WindowDatagrams > 0
                ? _options.WindowDatagrams
                : SendWindow.DatagramsFor(SocketBuffers.ReceiveBytesMax()));
            _report = new ReceiverReport(_options.Report, window);
            _report.Start();
        }

        var framed = _options.UdpFormat == PayloadFormat.Frame;
        var counters = new LoadCounters();
        var overheadBytes = framed ? new FrameWriter(0, 0, _options.Frames, 0).OverheadBytes : 0;
        var pieceBytes = DatagramSink.DatagramBytesMax - overheadBytes;
        var sink = new DatagramSink(
            new DatagramBatch(socket, DatagramSink.DatagramBytesMax, _options.CutsRuns),
            PayloadFormats.CreateEncoder(_options.UdpFormat, _plant, pieceBytes),
            new DatagramSinkOptions
            {
                Time = _time,
                Seed = _options.Plan.Seed,
                Frames = framed ? _options.Frames : null,
                DatagramReadings = _options.DatagramReadings,
                LossShare = _options.LossShare,
                RepeatShare = _options.RepeatShare,
                ReorderShare = _options.ReorderShare,
                Afterwards = _options.Afterwards,
                Window = window,
            },
            counters);
        var unpaced = window is null && double.IsPositiveInfinity(_options.ReadingsPerSecond);
        AddLane("udp", gateways, sink, counters, unpaced ? UnreportedPerSecond : _options.ReadingsPerSecond);
    }

    private void ConnectKinesis(Endpoint endpoint, Gateway[] gateways)
    {
        var connections = Math.Min(_options.Connections, gateways.Length);
        for (var connection = 0; connection < connections; connection++)
        {
            var counters = new LoadCounters();
            var place = connection;
            var sink = new PutRecordsSink(
                new HttpConnection(endpoint.Host, endpoint.Port),
                new RequestSigner(_options.Signing!),
                PayloadFormats.CreateEncoder(_options.KinesisFormat, _plant, DatagramSink.DatagramBytesMax),
                new PutRecordsSinkOptions
                {
                    Plant = _plant,
                    Stream = _options.Stream,
                    Time = _time,
                    RecordsPerCall = _options.RecordsPerCall,
                    RecordBytes = _options.KinesisFormat == PayloadFormat.Json && !_options.Aggregates ? 0 : _options.RecordBytes,
                    Aggregates = _options.Aggregates,
                },
                counters);
            Gateway[] mine = [.. gateways.Where((_, index) => index % connections == place)];
            AddLane($"kinesis {connection}", mine, sink, counters, _options.ReadingsPerSecond);
        }
    }

    private void AddLane(string name, Gateway[] gateways, IPieceSink sink, LoadCounters counters, double perSecond)
    {
        var feed = new Feed(gateways, _options.Plan);
        var share = (double)gateways.Sum(gateway => gateway.MachineCount) / _options.Plan.EquipmentCount;
        var thread = new Thread(() => Run(feed, sink, counters, perSecond * share))
        {
            Name = name,
            IsBackground = true,
        };
        _lanes.Add(new Lane(feed, sink, counters, thread));
    }

    private void Run(Feed feed, IPieceSink sink, LoadCounters counters, double perSecond)
    {
        try
        {
            new FeedPump(feed, sink, new Pace(perSecond, _time), _limits, counters).Run();
        }
        catch (Exception fault)
        {
            _fault = fault;
            _limits.Stop();
        }

        counters.CpuNanos = ThreadCpu.Nanos;
    }

    private sealed record Lane(Feed Feed, IPieceSink Sink, LoadCounters Counters, Thread Thread);
}

/// <summary>How far a run is.</summary>
internal sealed record LoadProgress(TimeSpan Elapsed, LoadCounters Udp, LoadCounters Kinesis, LoadCounters File)
{
    /// <summary>Feeds, a thread each.</summary>
    public required int FeedCount { get; init; }

    /// <summary>What held the run back.</summary>
    public string Limit
    {
        get
        {
            var all = new LoadCounters();
            all.Add(Udp);
            all.Add(Kinesis);
            all.Add(File);
            return RunLimit.Of(all, FeedCount, Elapsed);
        }
    }

    /// <summary>CPU that this process has used until then.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>Everything is sent; what comes now is the truth.</summary>
    public required bool HasEnded { get; init; }
}

/// <summary>How a run ended; no truth where none was asked for.</summary>
internal sealed record LoadResult(LoadProgress Progress, TruthSummary? Truth);
