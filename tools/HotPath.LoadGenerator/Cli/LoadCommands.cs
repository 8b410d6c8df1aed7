using System.CommandLine;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Cli;

/// <summary>The command line: four commands over one set of options.</summary>
internal sealed class LoadCommands
{
    private const int ConnectionsMax = 64;
    private const int RecordBytesMax = 1 << 20; // what a stream takes by default
    private const int SettleMillisMin = 60_000;
    private const int SettleMillisMax = 86_400_000;
    private const int EquipmentMax = 1 << 20;

    private readonly Option<Endpoint> _target = Address("--target", "Where to send: HOST:PORT");
    private readonly Option<Endpoint> _udp = Address("--udp", "Where half of the machines send by UDP: HOST:PORT");
    private readonly Option<Endpoint> _kinesis = Address("--kinesis", "Where the others send by PutRecords: HOST:PORT");
    private readonly Option<string> _output = new("--output") { Description = "The file", Required = true };

    private readonly Option<double> _rate = new("--rate")
    {
        Description = "Readings per second, or max: as fast as they are taken",
        CustomParser = result => OptionText.Rate(result),
        DefaultValueFactory = _ => 10_000,
    };

    private readonly Option<TimeSpan?> _duration = Duration("--duration", "How long to send; without it until Ctrl+C");

    private readonly Option<long> _scans = new("--scans")
    {
        Description = "Scans of each machine, in place of a duration",
    };

    private readonly Option<int> _equipment = Number("--equipment", "Machines", 48);
    private readonly Option<int> _tags = Number("--tags", "Tags of each machine: 8 to 1,000", Signals.StandardTagCount);

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "The same seed, the same readings",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<TimeSpan?> _disorder =
        Duration("--disorder", "Shuffle arrival by less than this event time; by default not at all");

    private readonly Option<double> _duplicate = Share("--duplicate", "Share of the readings that are sent twice");
    private readonly Option<double> _loss = Share("--loss", "Share of the datagrams that are numbered but not sent");

    private readonly Option<TimeSpan?> _step =
        Duration("--step", "Event time between two scans of a machine; by default 1s");

    private readonly Option<DateTimeOffset?> _start = new("--start")
    {
        Description = "Event time of the first scan; by default so early that the last is not in the future",
    };

    private readonly Option<TimeSpan?> _settle =
        Duration("--settle", "Event time of the quiet end, which releases all before it; by default 2m");

    private readonly Option<string?> _format = Text("--format", "json, msgpack, msgpack-map, msgpack-envelope, influx or frame");
    private readonly Option<string?> _truth = Text("--truth", "File for what must come out, as NDJSON");

    private readonly Option<Uri?> _report = new("--report")
    {
        Description = "The receiver's metrics page: the UDP sender stays within what it can hold",
        CustomParser = result => OptionText.Page(result),
    };

    private readonly Option<int> _window =
        Number("--window", "Datagrams on their way at most; 0: what fits the receiver's socket", 0);

    private readonly Option<string?> _stream = Text("--stream", "Kinesis stream; by default readings");
    private readonly Option<string?> _region = Text("--region", "Region that is signed for; by default us-east-1");
    private readonly Option<string?> _accessKey = Text("--access-key", "By default AWS_ACCESS_KEY_ID");

    private readonly Option<FileInfo?> _secretKeyFile = new("--secret-key-file")
    {
        Description = "File of the secret key; by default the key is AWS_SECRET_ACCESS_KEY",
    };

    private readonly Option<int> _connections = Number("--connections", "Connections that send PutRecords", 4);
    private readonly Option<int> _records = Number("--records", "Records in a PutRecords call: 1 to 500", 100);

    private readonly Option<int> _recordBytes =
        Number("--record-bytes", "Bytes of readings that are packed into one record; JSON stands alone", 1_400);

    private readonly Option<bool> _aggregate = new("--aggregate")
    {
        Description = "Records are KPL aggregates; what else would be packed into one record are inner ones",
    };

    private readonly DatagramOptions _datagrams = new();

    private readonly Option<string?> _progress = Text("--progress", "none, or json: a line each second");
    private readonly Option<bool> _json = new("--json") { Description = "The result as one line of JSON" };

    public RootCommand Build()
    {
        _format.AcceptOnlyFromAmong(PayloadFormats.Names);
        _progress.AcceptOnlyFromAmong("none", "json");
        return new RootCommand("Sends the readings of a bottling hall to HotPath, and says what must come out.")
        {
            Command("udp", "Datagrams", [_target, .. UdpOptions], _target, null),
            Command("kinesis", "PutRecords", [_target, .. KinesisOptions], null, _target),
            Command("mixed", "Half of the machines by UDP, half by PutRecords", MixedOptions, _udp, _kinesis),
            Command("file", "Into a file, one JSON object a line unless asked otherwise", [_output], null, null),
        };
    }

    private Option[] UdpOptions => [_loss, _report, _window, .. _datagrams.All];

    private Option[] KinesisOptions =>
        [_stream, _region, _accessKey, _secretKeyFile, _connections, _records, _recordBytes, _aggregate];

    private Option[] MixedOptions => [_udp, _kinesis, .. UdpOptions, .. KinesisOptions];

    private Option[] CommonOptions =>
    [
        _rate, _duration, _scans, _equipment, _tags, _seed, _disorder, _duplicate, _step, _start, _settle, _format,
        _truth, _progress, _json,
    ];

    private Command Command(
        string name, string description, Option[] options, Option<Endpoint>? udp, Option<Endpoint>? kinesis)
    {
        var command = new Command(name, description);
        foreach (var option in options.Concat(CommonOptions))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => LoadSession.Execute(Options(parsed, udp, kinesis)));
        return command;
    }

    private LoadOptions Options(ParseResult parsed, Option<Endpoint>? udp, Option<Endpoint>? kinesis)
    {
        var format = Format(parsed, udp);
        var rate = parsed.GetValue(_rate);
        var duration = parsed.GetValue(_duration) ?? TimeSpan.MaxValue;
        var plan = Plan(parsed, format == PayloadFormat.Influx);
        var options = new LoadOptions
        {
            Plan = plan.StartMillis > 0
                ? plan
                : plan with { StartMillis = StartTime.Of(plan, rate, duration, TimeProvider.System) },
            ReadingsPerSecond = rate,
            Duration = duration,
            TruthPath = parsed.GetValue(_truth),
            JsonProgress = parsed.GetValue(_progress) == "json",
            JsonResult = parsed.GetValue(_json),
        };
        options = udp is null ? options : WithUdp(options, parsed, parsed.GetValue(udp));
        options = kinesis is null ? options : WithKinesis(options, parsed, parsed.GetValue(kinesis));
        return (udp, kinesis, format) switch
        {
            (null, null, _) => options with
            {
                OutputPath = parsed.GetValue(_output),
                FileFormat = format ?? PayloadFormat.Json,
            },
            (_, null, { } asked) => options with { UdpFormat = asked },
            (_, _, { } asked and not PayloadFormat.Frame) => options with { KinesisFormat = asked },
            _ => options,
        };
    }

    private PayloadFormat? Format(ParseResult parsed, Option<Endpoint>? udp)
    {
        if (parsed.GetValue(_format) is not { } text || !PayloadFormats.TryParse(text, out var format))
        {
            return null;
        }

        return format == PayloadFormat.Frame && udp is null
            ? throw new UsageFault("--format frame is for datagrams: nothing else has loss to measure.")
            : format;
    }

    private LoadOptions WithUdp(LoadOptions options, ParseResult parsed, Endpoint receiver) => _datagrams.Read(parsed, options) with
    {
        Udp = receiver,
        LossShare = parsed.GetValue(_loss),
        Report = parsed.GetValue(_report),
        WindowDatagrams = OptionText.InRange(parsed, _window, 0, 1 << 20),
    };

    private LoadOptions WithKinesis(LoadOptions options, ParseResult parsed, Endpoint endpoint) => options with
    {
        Kinesis = endpoint,
        Stream = parsed.GetValue(_stream) ?? "readings",
        Signing = OptionText.Signing(
            endpoint,
            parsed.GetValue(_region) ?? "us-east-1",
            parsed.GetValue(_accessKey),
            parsed.GetValue(_secretKeyFile)),
        Connections = OptionText.InRange(parsed, _connections, 1, ConnectionsMax),
        RecordsPerCall = OptionText.InRange(parsed, _records, 1, PutRecordsCall.RecordsMost),
        RecordBytes = OptionText.InRange(parsed, _recordBytes, 0, RecordBytesMax),
        Aggregates = parsed.GetValue(_aggregate),
    };

    private PlanOptions Plan(ParseResult parsed, bool influx)
    {
        var step = parsed.GetValue(_step) ?? TimeSpan.FromSeconds(1);
        var disorder = parsed.GetValue(_disorder) ?? TimeSpan.Zero;
        var settle = parsed.GetValue(_settle) ?? TimeSpan.FromMinutes(2);
        if (step.TotalMilliseconds is < 1 or > PlanOptions.StepMillisMax)
        {
            throw new UsageFault("--step is 1ms to 10s: a longer one would be silence under the demo rules.");
        }

        if (disorder > TimeSpan.FromHours(1))
        {
            throw new UsageFault("--disorder is 1h at most.");
        }

        return new PlanOptions
        {
            Seed = parsed.GetValue(_seed),
            EquipmentCount = OptionText.InRange(parsed, _equipment, 2, EquipmentMax),
            TagCount = OptionText.InRange(parsed, _tags, Signals.StandardTagCount, Signals.TagCountMax),
            StartMillis = parsed.GetValue(_start)?.ToUnixTimeMilliseconds() ?? 0,
            StepMillis = (int)step.TotalMilliseconds,
            DisorderMillis = (int)disorder.TotalMilliseconds,
            DuplicateShare = parsed.GetValue(_duplicate),
            SensorFaults = !influx,
            ScanCount = parsed.GetValue(_scans) is var scans and > 0 ? scans : long.MaxValue,
            SettleMillis = (int)Math.Clamp(
                Math.Max(settle.TotalMilliseconds, disorder.TotalMilliseconds * 2),
                SettleMillisMin,
                SettleMillisMax),
        };
    }

    private static Option<Endpoint> Address(string name, string description) => new(name)
    {
        Description = description,
        Required = true,
        CustomParser = result => OptionText.Endpoint(result),
    };

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    internal static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => OptionText.Duration(result),
    };

    internal static Option<int> Number(string name, string description, int fallback) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
    };

    internal static Option<double> Share(string name, string description) => new(name)
    {
        Description = description + ": 0 to 1, or a percentage such as 0.1%",
        CustomParser = result => OptionText.Share(result),
        DefaultValueFactory = _ => 0,
    };
}
