using System.Net;
using System.Net.Sockets;

namespace HotPath.Faults.Target;

/// <summary>Where a service under test keeps everything, on which ports it listens, and how it is configured.</summary>
internal sealed record Place
{
    public required string Directory { get; init; }

    /// <summary>Journal, ledger and snapshots; beside the tables unless a campaign puts a disk of its own there.</summary>
    public required string Data { get; init; }

    /// <summary>A directory, or <c>s3://bucket/prefix</c>.</summary>
    public required string Tables { get; init; }

    public required int UdpPort { get; init; }

    public required int KinesisPort { get; init; }

    public required int HttpPort { get; init; }

    public string Sync { get; init; } = "batch";

    public int SyncIntervalMs { get; init; } = 50;

    public string FlushInterval { get; init; } = "200ms";

    public int Shards { get; init; } = 2;

    public string SegmentBytes { get; init; } = "128MiB";

    /// <summary>A section for <see cref="More"/>: so often that nearly every start has a snapshot to go on from.</summary>
    public const string SnapshotsOften = "snapshot: { interval: 1s, readings: 400 }";

    /// <summary>A document of rules.</summary>
    public string Rules { get; init; } = PlantRules;

    /// <summary>Configuration sections of a campaign, as YAML.</summary>
    public string More { get; init; } = "";

    public string ConfigurationPath => Path.Combine(Directory, "hotpath.yaml");

    public string Journal => Path.Combine(Data, "journal");

    public static Place In(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        return new Place
        {
            Directory = directory,
            Data = Path.Combine(directory, "data"),
            Tables = Path.Combine(directory, "tables"),
            UdpPort = FreePort(SocketType.Dgram),
            KinesisPort = FreePort(SocketType.Stream),
            HttpPort = FreePort(SocketType.Stream),
        };
    }

    /// <summary>Rules that make many transitions of the readings of <see cref="Load.Plant"/>.</summary>
    private const string PlantRules = """
        version: 1
        rules:
          - id: stopped
            equipment: ["*"]
            groups:
              - name: heat
                cases:
                  - { state: STOPPED, when: "temperature < 40", for: 5s, reason: cold }
                else: RUNNING
            downtime: { down: [STOPPED], microStop: 30s }
          - id: work
            equipment: ["*"]
            staleAfter: 5m
            groups:
              - name: mode
                weight: 10
                cases:
                  - { state: CLEANING, when: 'mode == "CLEAN"' }
                  - { state: IDLE, when: 'mode == "IDLE"', for: 3s }
                else: WORKING
              - name: odd
                weight: 20
                cases:
                  - { state: ODD, when: "avg(temperature, 20s) < 30", clear: 10s }
            downtime: { down: [IDLE], planned: [CLEANING] }
        """;

    public async Task WriteAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Directory, "rules.yaml"), Rules);
        await File.WriteAllTextAsync(ConfigurationPath, $$"""
            data: {{Data}}
            shards: {{Shards}}
            udp: [{ listen: "127.0.0.1:{{UdpPort}}", timestampUnit: ms }]
            kinesis:
              listen: "127.0.0.1:{{KinesisPort}}"
              auth: { mode: accept }
              streams: [{ name: readings, shards: 4, timestampUnit: ms }]
            http: { listen: "127.0.0.1:{{HttpPort}}" }
            rules: {{Directory}}/rules.yaml
            time: { outOfOrderness: 2s, idleTimeout: 1h, maxFuture: 1h }
            journal: { sync: {{Sync}}, intervalMs: {{SyncIntervalMs}}, segmentBytes: {{SegmentBytes}} }
            delta: { location: {{Tables}}, flushInterval: {{FlushInterval}} }
            {{More}}
            """);
    }

    private static int FreePort(SocketType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
