using System.CommandLine;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Cli;

/// <summary>The command line: four commands over one set of options.</summary>
internal sealed class LoadCommands
{
    private readonly Option<Endpoint> _target = new("--target")
    {
        Description = "Where to send: HOST:PORT",
        Required = true,
        CustomParser = result => OptionText.Endpoint(result),
    };

    private readonly Option<Endpoint> _udp = new("--udp")
    {
        Description = "Where half of the machines send by UDP: HOST:PORT",
        Required = true,
        CustomParser = result => OptionText.Endpoint(result),
    };

    private readonly Option<Endpoint> _kinesis = new("--kinesis")
    {
        Description = "Where the other half send by PutRecords: HOST:PORT",
        Required = true,
        CustomParser = result => OptionText.Endpoint(result),
    };

    private readonly Option<string> _output = new("--output") { Description = "The file", Required = true };

    private readonly Option<double> _rate = new("--rate")
    {
        Description = "Readings per second, or max: as fast as they are taken",
        CustomParser = result => OptionText.Rate(result),
        DefaultValueFactory = _ => 10_000,
    };

    private readonly Option<TimeSpan> _duration = Duration("--duration", "How long to send; without it until Ctrl+C", TimeSpan.MaxValue);
    private readonly Option<TimeSpan> _disorder = Duration("--disorder", "Shuffle arrival by less than this event time", TimeSpan.Zero);
    private readonly Option<TimeSpan> _step = Duration("--step", "Event time between two scans of a machine", TimeSpan.FromSeconds(1));
    private readonly Option<TimeSpan> _settle = Duration("--settle", "Event time of the quiet end, which releases all before it", TimeSpan.FromMinutes(2));

    private readonly Option<DateTimeOffset?> _start = new("--start")
    {
        Description = "Event time of the first scan; by default so early that the last is not in the future",
    };

    private readonly Option<long> _scans = new("--scans") { Description = "Scans of each machine, in place of a duration" };
    private readonly Option<int> _equipment = Number("--equipment", "Machines", 48);
    private readonly Option<int> _tags = Number("--tags", "Tags of each machine: 8 to 1,000", Signals.StandardTagCount);
    private readonly Option<ulong> _seed = new("--seed") { Description = "The same seed, the same readings", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _loss = Share("--loss", "Share of the datagrams that are numbered but not sent");
    private readonly Option<double> _duplicate = Share("--duplicate", "Share of the readings that are sent twice");
    private readonly Option<string?> _truth = new("--truth") { Description = "File for what must come out, as NDJSON" };
    private readonly Option<string?> _format = new("--format") { Description = "json, msgpack, msgpack-envelope, influx or frame" };
    private readonly Option<Uri?> _report = new("--report")
    {
        Description = "The receiver's metrics page: the UDP sender stays within what it can hold",
        CustomParser = result => OptionText.Page(result),
    };

    private readonly Option<int> _window = Number("--window", "Datagrams on their way at most; 0: what fits the receiver's socket", 0);
    private readonly Option<int> _connections = Number("--connections", "Connections that send PutRecords", 4);
    private readonly Option<int> _records = Number("--records", "Records in a PutRecords call: 1 to 500", 100);
    private readonly Option<int> _recordBytes = Number("--record-bytes", "Bytes of readings that are packed into one record", 1_400);
    private readonly Option<string> _stream = new("--stream") { Description = "Kinesis stream", DefaultValueFactory = _ => "readings" };
    private readonly Option<string> _region = new("--region") { Description = "Region that is signed for", DefaultValueFactory = _ => "us-east-1" };
    private readonly Option<string?> _accessKey = new("--access-key") { Description = "By default AWS_ACCESS_KEY_ID" };
    private readonly Option<FileInfo?> _secretKeyFile = new("--secret-key-file") { Description = "File of the secret key; by default AWS_SECRET_ACCESS_KEY" };
    private readonly Option<string> _progress = new("--progress") { Description = "none, or json: a line each second", DefaultValueFactory = _ => "none" };
    private readonly Option<bool> _json = new("--json") { Description = "The result as one line of JSON" };

    public RootCommand Build()
    {
        _format.AcceptOnlyFromAmong(PayloadFormats.Names);
        _progress.AcceptOnlyFromAmong("none", "json");
        return new RootCommand("Sends the readings of a bottling hall to HotPath, and says what must come out.")
        {
            Command("udp", "Datagrams", [_target, .. UdpOptions], _target, null),
            Command("kinesis", "PutRecords", [_target, .. KinesisOptions], null, _target),
            Command("file", "Nobody: the readings go to a file, one JSON object a line unless asked otherwise", [_output], null, null),
            Command("mixed", "Half of the machines by UDP, half by PutRecords", [_udp, _kinesis, .. UdpOptions, .. KinesisOptions], _udp, _kinesis),
        };
    }

    private Option[] UdpOptions => [_loss, _report, _window];

    private Option[] KinesisOptions =>
        [_stream, _region, _accessKey, _secretKeyFile, _connections, _records, _recordBytes];

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
        Endpoint? kinesisEndpoint = kinesis is null ? null : parsed.GetValue(kinesis);
        var format = parsed.GetValue(_format) is { } text && PayloadFormats.TryParse(text, out var asked) ? asked : (PayloadFormat?)null;
        var both = udp is not null && kinesis is not null;
        var file = udp is null && kinesis is null;
        if (udp is null && format == PayloadFormat.Frame)
        {
            throw new UsageFault("--format frame is for datagrams: nothing else has loss to measure.");
        }

        var duration = parsed.GetValue(_duration);
        var rate = parsed.GetValue(_rate);
        var plan = Plan(parsed, format == PayloadFormat.Influx);
        return new LoadOptions
        {
            Plan = plan.StartMillis > 0 ? plan : plan with { StartMillis = StartTime.Of(plan, rate, duration, TimeProvider.System) },
            Udp = udp is null ? null : parsed.GetValue(udp),
            Kinesis = kinesisEndpoint,
            OutputPath = file ? parsed.GetValue(_output) : null,
            FileFormat = format ?? PayloadFormat.Json,
            UdpFormat = both ? PayloadFormat.Frame : format ?? PayloadFormat.Frame,
            KinesisFormat = format is null or PayloadFormat.Frame ? PayloadFormat.MessagePackEnvelope : format.Value,
            ReadingsPerSecond = rate,
            Duration = duration,
            LossShare = udp is null ? 0 : parsed.GetValue(_loss),
            TruthPath = parsed.GetValue(_truth),
            Report = udp is null ? null : parsed.GetValue(_report),
            WindowDatagrams = udp is null ? 0 : OptionText.InRange(parsed, _window, 0, 1 << 20),
            Stream = kinesis is null ? "" : parsed.GetValue(_stream)!,
            Signing = kinesisEndpoint is { } endpoint
                ? OptionText.Signing(endpoint, parsed.GetValue(_region)!, parsed.GetValue(_accessKey), parsed.GetValue(_secretKeyFile))
                : null,
            Connections = kinesis is null ? 0 : OptionText.InRange(parsed, _connections, 1, 64),
            RecordsPerCall = kinesis is null ? 0 : OptionText.InRange(parsed, _records, 1, Kinesis.PutRecordsCall.RecordsMost),
            RecordBytes = kinesis is null ? 0 : OptionText.InRange(parsed, _recordBytes, 0, 1 << 20),
            JsonProgress = parsed.GetValue(_progress) == "json",
            JsonResult = parsed.GetValue(_json),
        };
    }

    private PlanOptions Plan(ParseResult parsed, bool influx)
    {
        var step = parsed.GetValue(_step);
        var disorder = parsed.GetValue(_disorder);
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
            EquipmentCount = OptionText.InRange(parsed, _equipment, 2, 1_000_000),
            TagCount = OptionText.InRange(parsed, _tags, Signals.StandardTagCount, Signals.TagCountMax),
            StartMillis = parsed.GetValue(_start)?.ToUnixTimeMilliseconds() ?? 0,
            StepMillis = (int)step.TotalMilliseconds,
            DisorderMillis = (int)disorder.TotalMilliseconds,
            DuplicateShare = parsed.GetValue(_duplicate),
            SensorFaults = !influx,
            ScanCount = parsed.GetValue(_scans) is var scans and > 0 ? scans : long.MaxValue,
            SettleMillis = (int)Math.Clamp(
                Math.Max(parsed.GetValue(_settle).TotalMilliseconds, disorder.TotalMilliseconds * 2), 60_000, int.MaxValue / 2),
        };
    }

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan fallback) => new(name)
    {
        Description = description,
        CustomParser = result => OptionText.Duration(result),
        DefaultValueFactory = _ => fallback,
    };

    private static Option<int> Number(string name, string description, int fallback) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
    };

    private static Option<double> Share(string name, string description) => new(name)
    {
        Description = description + ": 0 to 1, or a percentage such as 0.1%",
        CustomParser = result => OptionText.Share(result),
        DefaultValueFactory = _ => 0,
    };
}
