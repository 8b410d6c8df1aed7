using System.Net;
using HotPath.Configuration;

namespace HotPath.Tests.Configuration;

public sealed class HotPathConfigurationTests : IDisposable
{
    private static readonly Dictionary<string, string> s_noEnvironment = [];
    private static readonly Cpus s_cpus = new("0-5,8");

    private readonly string _directory = Directory.CreateTempSubdirectory("hotpath-configuration-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_a_file_the_defaults_are_those_of_the_contract()
    {
        var configuration = Load("");

        Assert.Equal(
            """
            data: "./hotpath-data"
            shards: auto
            affinity: []
            udp:
              - { listen: "127.0.0.1:9999", timestampUnit: ms, allow: [], hmacKeys: null, receivers: 1, gro: false, multicastGroup: null, multicastInterface: null }
            kinesis:
              listen: "127.0.0.1:4568"
              certificate: null
              auth: { mode: verify, keys: null }
              streams: [{ name: "readings", shards: 4, timestampUnit: ms }]
              allowAdministration: false
              streamTransitionMs: 0
              retainRaw: null
              limits: { records: 500, recordBytes: 1048576, requestBytes: 10485760, bodiesBytes: 268435456, calls: 128, connections: 8192, shards: 500, consumers: 20 }
            kinesisSource: []
            http: { listen: "127.0.0.1:8080", certificate: null, keys: null, metricsAnonymous: true }
            rules: "./rules"
            rulesMemoryBytes: 17179869184
            time: { outOfOrderness: 0s, idleTimeout: 30s, maxFuture: 1h }
            journal: { sync: batch, intervalMs: 50, retain: 1d, onCorruption: halt, segmentBytes: 134217728 }
            snapshot: { interval: 1m, readings: 20000000 }
            delta:
              location: "./hotpath-data/tables"
              enabled: true
              flushRows: 1000000
              flushInterval: 10s
              compression: zstd
              targetFileBytes: 134217728
              retention: 7d
            outputs: []

            """,
            ConfigurationText.Show(configuration));
    }

    [Fact]
    public void Every_key_is_read_and_shown_so_that_it_loads_again_to_the_same()
    {
        var keys = Path.Combine(_directory, "keys.yaml");
        File.WriteAllText(keys, "");
        var shown = ConfigurationText.Show(Load(
            $$"""
            data: /var/lib/plant
            shards: 3
            affinity: [2, 3, 4]
            udp:
              - { listen: "0.0.0.0:7001", timestampUnit: us, allow: [10.20.0.0/16, 192.0.2.7/32], hmacKeys: {{keys}}, receivers: 4, gro: true, multicastGroup: 239.1.2.3, multicastInterface: 10.20.0.1 }
              - { listen: "[::1]:7002", timestampUnit: ns }
            kinesis:
              listen: 0.0.0.0:7003
              certificate: {{keys}}
              auth: { mode: verify, keys: {{keys}} }
              streams: [{ name: line-1, shards: 2, timestampUnit: s }]
              allowAdministration: true
              streamTransitionMs: 200
              retainRaw: { time: 2h, bytes: 128MiB }
              limits: { records: 100, recordBytes: 2MiB, requestBytes: 4MiB, bodiesBytes: 64MiB, calls: 16, connections: 100, shards: 8, consumers: 2 }
            kinesisSource: [{ endpoint: "https://cloud.example", region: eu-west-1, stream: up, from: AT_TIMESTAMP, timestamp: 2026-03-01T06:00:00Z }]
            http: { listen: 0.0.0.0:7004, certificate: {{keys}}, keys: {{keys}}, metricsAnonymous: false }
            rules: /etc/hotpath/rules
            time: { outOfOrderness: 250ms, idleTimeout: null, maxFuture: 90m }
            journal: { sync: interval, intervalMs: 20, retain: 48h, onCorruption: continue, segmentBytes: 8MiB }
            snapshot: { interval: 30s, readings: 1_000_000 }
            delta: { location: "s3://lake/plant", flushRows: 5000, flushInterval: 1s, compression: snappy, targetFileBytes: 64MiB, retention: 30d, s3: { endpoint: "http://10.0.0.7:9000", region: eu-central-1, pathStyle: true, profile: plant, encryption: "aws:kms", kmsKeyId: k } }
            outputs:
              - { kind: webhook, url: "https://hooks.example/line", secretFile: {{keys}}, events: [downtime], rules: ["filler-*"] }
              - { kind: kinesis, region: eu-west-1, stream: out }
            """));

        Assert.Equal(shown, ConfigurationText.Show(Load(shown)));
        Assert.Contains("""allow: ["10.20.0.0/16", "192.0.2.7/32"]""", shown, StringComparison.Ordinal);
        Assert.Contains("""gro: true, multicastGroup: "239.1.2.3", multicastInterface: "10.20.0.1" }""", shown, StringComparison.Ordinal);
        Assert.Contains("gro: false, multicastGroup: null, multicastInterface: null }", shown, StringComparison.Ordinal);
        Assert.Contains("idleTimeout: null, maxFuture: 90m", shown, StringComparison.Ordinal);
        Assert.Contains("targetFileBytes: 67108864", shown, StringComparison.Ordinal);
        Assert.Contains("segmentBytes: 8388608", shown, StringComparison.Ordinal);
        Assert.Contains("""timestamp: "2026-03-01T06:00:00.0000000+00:00" """.TrimEnd(), shown, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_reported_at_once_each_with_its_place_and_its_cure()
    {
        var faults = Faults(
            """
            dta: ./x
            shards: 0
            http:
              listn: 127.0.0.1:80
              metricsAnonymous: yes
            journal: { sync: bach, intervalMs: 0 }
            time: { outOfOrderness: 250, idleTimeout: -1s }
            udp:
              - { listen: "127.0.0.1:99999" }
              - 7
            kinesis: [1]
            delta: { location: "http://lake", targetFileBytes: 3 apples }
            """);

        Assert.Equal(
            [
                "hotpath.yaml:1:1: \"dta\" is no key. Did you mean \"data\"? Allowed: data, shards, affinity, udp, kinesis, kinesisSource, http, rules, rulesMemoryBytes, time, journal, snapshot, delta, outputs.",
                "hotpath.yaml:2:9: shards cannot be \"0\". Allowed: auto, or a whole number from 1 to 64.",
                "hotpath.yaml:4:3: \"listn\" is no key in http. Did you mean \"listen\"? Allowed: listen, certificate, keys, metricsAnonymous.",
                "hotpath.yaml:5:21: http.metricsAnonymous cannot be \"yes\". Allowed: true or false.",
                "hotpath.yaml:6:18: journal.sync cannot be \"bach\". Did you mean \"batch\"? Allowed: batch, interval, none.",
                "hotpath.yaml:6:36: journal.intervalMs cannot be \"0\". Allowed: a whole number from 1 to 60000.",
                "hotpath.yaml:7:25: time.outOfOrderness cannot be \"250\". Allowed: one number and one unit of us, ms, s, m, h, d, like 30s.",
                "hotpath.yaml:7:43: time.idleTimeout cannot be \"-1s\". Allowed: one number and one unit of us, ms, s, m, h, d, like 30s, or null.",
                "hotpath.yaml:9:15: udp[0].listen cannot be \"127.0.0.1:99999\". Allowed: an address and port, like 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080.",
                "hotpath.yaml:10:5: udp[1] is a single value, but must be a section. Write its keys below it.",
                "hotpath.yaml:11:10: kinesis is a list, but must be a section. Write its keys below it.",
                "hotpath.yaml:12:20: delta.location cannot be \"http://lake\". Allowed: a directory or s3://bucket/prefix.",
                "hotpath.yaml:12:52: delta.targetFileBytes cannot be \"3 apples\". Allowed: a whole number from 1048576 to 8589934592 bytes, like 134217728 or 128MiB.",
            ],
            faults);
    }

    [Theory]
    [InlineData("a: [1", "hotpath.yaml:2:1: This is not YAML: ")]
    [InlineData("shards: 1\nshards: 2", "hotpath.yaml:2:1: \"shards\" stands twice. It was written first on line 1: keep one.")]
    [InlineData("data: &a x\nrules: *a", "hotpath.yaml:2:8: This is not YAML: Anchors and aliases are not understood here.")]
    [InlineData("- 1", "hotpath.yaml:1:1: The file is a list, but must be a section.")]
    [InlineData("---\nshards: 1\n---\nshards: 2", "hotpath.yaml:3:1: A second document begins here.")]
    public void What_is_no_configuration_file_is_refused_with_its_place(string yaml, string beginning)
    {
        Assert.StartsWith(beginning, Faults(yaml)[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http: { listen: 0.0.0.0:8080 }", "http.listen 0.0.0.0:8080 is not loopback, and there are no keys: everyone would be admin.")]
    [InlineData("http: { listen: 0.0.0.0:8080 }", "http.listen 0.0.0.0:8080 is not loopback, and there is no certificate: keys would travel in the clear.")]
    [InlineData("kinesis: { listen: 192.0.2.1:4568 }", "kinesis.listen 192.0.2.1:4568 is not loopback, and there are no keys.")]
    [InlineData("kinesis: { listen: \"*:4568\", auth: { mode: accept } }", "kinesis.auth.mode \"accept\" takes anybody's records, and 0.0.0.0:4568 is not loopback.")]
    [InlineData("kinesis: { listen: 127.0.0.1:8080 }", "kinesis.listen and http.listen are both 127.0.0.1:8080.")]
    [InlineData("kinesis: { streams: [{ name: a }, { name: a }] }", "Two streams are called \"a\".")]
    [InlineData("udp: [{ listen: 127.0.0.1:9000 }, { listen: 0.0.0.0:9000 }]", "Two UDP listeners want 0.0.0.0:9000.")]
    [InlineData("udp: [{ listen: 0.0.0.0:9000, multicastGroup: 10.1.2.3 }]", "udp[0].multicastGroup 10.1.2.3 is no group that 0.0.0.0:9000 can join.")]
    [InlineData("udp: [{ listen: 0.0.0.0:9000, multicastGroup: ff02::1 }]", "udp[0].multicastGroup ff02::1 is no group that 0.0.0.0:9000 can join.")]
    [InlineData("udp: [{ listen: 127.0.0.1:9000, multicastGroup: 239.1.2.3 }]", "udp[0].listen 127.0.0.1:9000 would not hear the group 239.1.2.3.")]
    [InlineData("udp: [{ multicastInterface: 10.0.0.1 }]", "udp[0].multicastInterface has no group to join.")]
    [InlineData("http: { keys: /nowhere/keys.yaml }", "http.keys: there is no file \"/nowhere/keys.yaml\".")]
    [InlineData("kinesisSource: [{ stream: a, from: AT_TIMESTAMP }]", "kinesisSource[0].timestamp and from: AT_TIMESTAMP belong together.")]
    [InlineData("outputs: [{ kind: webhook, stream: a }]", "outputs[0].url is missing.")]
    public void What_contradicts_itself_is_refused(string yaml, string problem)
    {
        Assert.Contains(Faults(yaml), fault => fault.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Environment_stands_over_the_file_and_the_command_line_over_both()
    {
        var environment = new Dictionary<string, string>
        {
            ["HOTPATH__Http__Listen"] = "127.0.0.1:81",
            ["HOTPATH__JOURNAL__SYNC"] = "none",
            ["HOTPATH__Udp__0__Allow__0"] = "10.0.0.0/8",
            ["HOTPATH__Udp__1__Listen"] = "127.0.0.1:9001",
            ["HOTPATH__Affinity"] = "[1, 2]",
            ["PATH"] = "/bin",
        };

        var configuration = Load(
            "udp: [{ listen: 127.0.0.1:9000, receivers: 2 }]\nhttp: { listen: 127.0.0.1:80, metricsAnonymous: false }",
            environment,
            [new ConfigurationOverride("http.listen", "127.0.0.1:82"), new ConfigurationOverride("kinesis", "null")]);

        Assert.Equal(IPEndPoint.Parse("127.0.0.1:82"), configuration.Http.Listen);
        Assert.False(configuration.Http.MetricsAnonymous);
        Assert.Equal(JournalSyncOption.None, configuration.Journal.Sync);
        Assert.Equal("10.0.0.0/8", Assert.Single(configuration.Udp[0].Allow).ToString());
        Assert.Equal((9000, 2), (configuration.Udp[0].Listen.Port, configuration.Udp[0].Receivers));
        Assert.Equal(9001, configuration.Udp[1].Listen.Port);
        Assert.Equal([1, 2], configuration.Affinity.AsEnumerable());
        Assert.Null(configuration.Kinesis);
    }

    [Fact]
    public void A_fault_from_outside_the_file_names_the_variable_or_the_flag()
    {
        Assert.False(HotPathConfiguration.TryLoad(
            null,
            new Dictionary<string, string> { ["HOTPATH__Http__Lisen"] = "x", ["HOTPATH__Udp__3__Listen"] = "127.0.0.1:1" },
            [new ConfigurationOverride("snapshot.interval", "soon")],
            out _,
            out var faults));

        Assert.Equal(
            [
                "environment HOTPATH__Udp__3__Listen: \"3\" is no place in a list of 0. Places count from 0; 0 adds one at the end.",
                "environment HOTPATH__Http__Lisen: \"Lisen\" is no key in http. Did you mean \"listen\"? Allowed: listen, certificate, keys, metricsAnonymous.",
                "command line snapshot.interval: snapshot.interval cannot be \"soon\". Allowed: one number and one unit of us, ms, s, m, h, d, like 30s, at least 1s.",
            ],
            faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void A_cpu_that_is_not_there_is_refused_with_those_that_are()
    {
        Assert.Equal(
            [
                "hotpath.yaml:1:15: affinity[1] cannot be \"6\". Allowed: a cpu of this machine: 0-5,8.",
                "hotpath.yaml:1:21: affinity[3] cannot be \"two\". Allowed: a cpu of this machine: 0-5,8.",
            ],
            Faults("affinity: [0, 6, 8, two]"));
        Assert.Equal([5, 8], Load("affinity: [5, 8]").Affinity.AsEnumerable());
    }

    [Fact]
    public void The_cpus_of_this_process_are_known()
    {
        Assert.Equal(Environment.ProcessorCount, Enumerable.Range(0, 4096).Count(Cpus.Allowed.Contains));
        Assert.Equal([0, 2, 3], Enumerable.Range(0, 10).Where(new Cpus("0,2-3").Contains));
    }

    [Fact]
    public void A_password_in_a_url_is_refused_and_never_repeated()
    {
        var faults = Faults("outputs: [{ kind: webhook, url: \"https://user:hunter2@hooks.example\" }]");

        Assert.Single(faults);
        Assert.DoesNotContain("hunter2", faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_in_a_webhook_query_is_not_shown()
    {
        var shown = ConfigurationText.Show(Load("outputs: [{ kind: webhook, url: \"https://hooks.example/x?token=hunter2\" }]"));

        Assert.Contains("https://hooks.example/x?***", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_follow_the_data_directory_unless_told_otherwise()
    {
        Assert.Equal("/srv/plant/tables", Load("data: /srv/plant/").Delta.Location);
        Assert.Equal("s3://lake", Load("data: /srv/plant\ndelta: { location: s3://lake }").Delta.Location);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_fault_too()
    {
        Assert.False(HotPathConfiguration.TryLoad(
            Path.Combine(_directory, "absent.yaml"), s_noEnvironment, [], out _, out var faults));

        Assert.StartsWith("The file cannot be read", Assert.Single(faults).Problem, StringComparison.Ordinal);
    }

    private HotPathConfiguration Load(
        string yaml, Dictionary<string, string>? environment = null, ConfigurationOverride[]? overrides = null)
    {
        var good = HotPathConfiguration.TryLoad(
            Written(yaml), environment ?? s_noEnvironment, overrides ?? [], s_cpus, out var configuration, out var faults);

        Assert.True(good, string.Join('\n', faults));
        return configuration;
    }

    private string[] Faults(string yaml)
    {
        Assert.False(HotPathConfiguration.TryLoad(Written(yaml), s_noEnvironment, [], s_cpus, out _, out var faults));
        return [.. faults.Select(fault => (fault with { File = Path.GetFileName(fault.File) }).ToString())];
    }

    private string Written(string yaml)
    {
        var path = Path.Combine(_directory, "hotpath.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }
}
