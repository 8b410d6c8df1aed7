using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace HotPath.Configuration;

/// <summary>Binds nodes to <see cref="HotPathConfiguration"/>: every key, its default, its bounds, and what contradicts what.</summary>
internal static class ConfigurationLoader
{
    internal const string TimestampUnitKey = "timestampUnit";

    public static bool TryLoad(
        string? path,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<ConfigurationOverride> overrides,
        Cpus cpus,
        out HotPathConfiguration configuration,
        out ImmutableArray<ConfigurationFault> faults)
    {
        var found = new List<ConfigurationFault>();
        configuration = new HotPathConfiguration();
        if (TryRoot(path, found, out var root))
        {
            ConfigurationOverlay.Environment(root, environment, found);
            ConfigurationOverlay.CommandLine(root, overrides, found);
            var section = new ConfigurationSection(root, "", found);
            configuration = Read(section, cpus);
            if (found.Count == 0)
            {
                // Only then: what fell back to its default would seem to collide.
                CheckPorts(section, configuration);
            }
        }

        // In the order of the file, so that an editor can walk through them.
        faults = [.. found.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];
        return faults.IsEmpty;
    }

    private static bool TryRoot(string? path, List<ConfigurationFault> faults, out MappingNode root)
    {
        var place = new ConfigurationPlace(path ?? "defaults", path is null ? 0 : 1, path is null ? 0 : 1);
        root = new MappingNode(place);
        if (path is null)
        {
            return true;
        }

        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new ConfigurationFault(path, 0, 0, "The file cannot be read: " + fault.Message, "Give another with --config."));
            return false;
        }

        switch (ConfigurationYaml.TryRead(path, text, faults))
        {
            case MappingNode mapping:
                root = mapping;
                return true;
            case null or ScalarNode { IsNull: true }:
                return true;
            case var other:
                faults.Add(other.Place.Fault($"The file is {other.Sort}, but must be a section.", "Begin with a key, like \"data: ./hotpath-data\"."));
                return true;
        }
    }

    private static HotPathConfiguration Read(ConfigurationSection root, Cpus cpus)
    {
        var defaults = new HotPathConfiguration();
        var data = root.Text("data", defaults.Data);
        var read = new HotPathConfiguration
        {
            Data = data,
            Shards = root.Parsed<int?>("shards", null, "auto, or a whole number from 1 to 64", TryShards),
            Affinity = root.Values("affinity", defaults.Affinity, $"a cpu of this machine: {cpus.Text}", (string text, out int cpu) =>
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpus.Contains(cpu)),
            Udp = root.List("udp", defaults.Udp, (node, path) => UdpConfiguration.Read(root.Item(node, path))),
            Kinesis = root.IsNull("kinesis") ? null : Kinesis(root.Section("kinesis")),
            KinesisSource = root.List("kinesisSource", defaults.KinesisSource, (node, path) => KinesisSource(root.Item(node, path))),
            Http = Http(root.Section("http")),
            Rules = root.Text("rules", defaults.Rules),
            RulesMemoryBytes = root.Bytes("rulesMemoryBytes", defaults.RulesMemoryBytes, 1 << 20, 1L << 44),
            Time = Time(root.Section("time")),
            Journal = Journal(root.Section("journal")),
            Snapshot = Snapshot(root.Section("snapshot")),
            Delta = Delta(root.Section("delta"), data),
            Outputs = root.List("outputs", defaults.Outputs, (node, path) => Output(root.Item(node, path))),
        };
        root.RefuseUnknown();
        var twice = read.KinesisSource.GroupBy(source => (source.Stream, source.Endpoint, source.Region)).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            root.Fault("kinesisSource", $"Stream \"{twice.Key.Stream}\" would be read twice from the same place.", "Keep one of them.");
        }

        var sameName = read.Outputs.GroupBy(output => output.EffectiveName, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (sameName is not null)
        {
            root.Fault("outputs", $"Two outputs are called \"{sameName.Key}\": they would share a position.", "Give each a name of its own.");
        }

        return read;
    }

    private static bool TryShards(string text, out int? shards)
    {
        shards = null;
        if (text == "auto")
        {
            return true;
        }

        var good = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is >= 1 and <= Engine.EngineLimits.ShardCountMax;
        shards = count;
        return good;
    }

    private static KinesisOptions Kinesis(ConfigurationSection section)
    {
        var defaults = new KinesisOptions();
        var auth = section.Section("auth");
        var read = new KinesisOptions
        {
            Listen = section.Address("listen", defaults.Listen),
            Certificate = section.FileOrNull("certificate"),
            Auth = new KinesisAuthOptions
            {
                Mode = auth.Word("mode", defaults.Auth.Mode, ConfigurationWords.AuthModes),
                Keys = auth.FileOrNull("keys"),
            },
            Streams = section.List("streams", defaults.Streams, (node, path) => KinesisStream(section.Item(node, path))),
            AllowAdministration = section.Flag("allowAdministration", defaults.AllowAdministration),
            StreamTransitionMs = section.Whole("streamTransitionMs", defaults.StreamTransitionMs, 0, 60_000),
            RetainRaw = section.IsSet("retainRaw") && !section.IsNull("retainRaw") ? RetainRaw(section.Section("retainRaw")) : null,
            Limits = KinesisLimits(section.Section("limits")),
        };
        auth.RefuseUnknown();
        section.RefuseUnknown();

        var twice = read.Streams.GroupBy(stream => stream.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            section.Fault("streams", $"Two streams are called \"{twice.Key}\".", "Names are unique.");
        }

        if (!IPAddress.IsLoopback(read.Listen.Address))
        {
            CheckOpenKinesis(section, auth, read);
        }

        return read;
    }

    private static RetainRawOptions RetainRaw(ConfigurationSection section)
    {
        var defaults = new RetainRawOptions();
        var read = new RetainRawOptions
        {
            Time = section.Duration("time", defaults.Time, TimeSpan.FromSeconds(1)),

            // Two of the largest calls gather while two are written.
            Bytes = section.Bytes("bytes", defaults.Bytes, 64L << 20, 1L << 50),
        };
        section.RefuseUnknown();
        return read;
    }

    private static KinesisLimitOptions KinesisLimits(ConfigurationSection section)
    {
        var defaults = new KinesisLimitOptions();
        var read = new KinesisLimitOptions
        {
            Records = section.Whole("records", defaults.Records, 1, 10_000),
            RecordBytes = section.Bytes("recordBytes", defaults.RecordBytes, 1024, 10L << 20),
            RequestBytes = section.Bytes("requestBytes", defaults.RequestBytes, 1024, 16L << 20),
            BodiesBytes = section.Bytes("bodiesBytes", defaults.BodiesBytes, 32L << 20, 1L << 40),
            Calls = section.Whole("calls", defaults.Calls, 1, 4096),
            Connections = section.Whole("connections", defaults.Connections, 1, 1_000_000),
            Shards = section.Whole("shards", defaults.Shards, 1, 10_000),
            Consumers = section.Whole("consumers", defaults.Consumers, 1, 1_000),
        };
        section.RefuseUnknown();
        if (read.RequestBytes < read.RecordBytes)
        {
            section.Fault("requestBytes", $"{section.Path("requestBytes")} is below recordBytes: no record could have its full size.",
                "Give at least as much as recordBytes.");
        }

        return read;
    }

    private static void CheckOpenKinesis(ConfigurationSection section, ConfigurationSection auth, KinesisOptions read)
    {
        if (read.Auth.Mode == KinesisAuthMode.Accept)
        {
            auth.Fault("mode", $"kinesis.auth.mode \"accept\" takes anybody's records, and {read.Listen} is not loopback.",
                "Set mode to verify with keys, or listen on 127.0.0.1.");
        }
        else if (read.Auth.Keys is null)
        {
            section.Fault("listen", $"kinesis.listen {read.Listen} is not loopback, and there are no keys.",
                "Set kinesis.auth.keys to a key file, or listen on 127.0.0.1.");
        }
    }

    private static KinesisStreamOptions KinesisStream(ConfigurationSection section)
    {
        var defaults = new KinesisStreamOptions();
        var read = new KinesisStreamOptions
        {
            Name = section.Parsed("name", defaults.Name, "1 to 128 letters, digits, underscores, dots and dashes", TryStreamName),
            Shards = section.Whole("shards", defaults.Shards, 1, 1024),
            TimestampUnit = section.Word(TimestampUnitKey, defaults.TimestampUnit, ConfigurationWords.TimestampUnits),
            Role = section.Word("role", defaults.Role, ConfigurationWords.StreamRoles),
        };
        section.RefuseUnknown();
        return read;
    }

    private static KinesisSourceOptions KinesisSource(ConfigurationSection section)
    {
        var defaults = new KinesisSourceOptions();
        var read = new KinesisSourceOptions
        {
            Endpoint = section.Parsed<string?>("endpoint", null, "a URL like https://kinesis.example:4568, without user and password", TryUrl),
            Region = section.Text("region", defaults.Region),
            Stream = section.Parsed("stream", "", "1 to 128 letters, digits, underscores, dots and dashes", TryStreamName),
            Consumer = section.IsNull("consumer")
                ? null
                : section.Parsed<string?>("consumer", null, "1 to 128 letters, digits, underscores, dots and dashes, or null", TryStreamNameOrNull),
            From = section.Word("from", defaults.From, ConfigurationWords.SourceStarts),
            Timestamp = section.Parsed<DateTimeOffset?>("timestamp", null, "a time with its offset, like 2026-03-01T06:00:00Z", TryTimestamp),
            TimestampUnit = section.Word(TimestampUnitKey, defaults.TimestampUnit, ConfigurationWords.TimestampUnits),
        };
        if (!section.IsSet("stream"))
        {
            section.Fault("stream", $"{section.Path("stream")} is missing.", "Name the stream to read.");
        }

        if ((read.From == KinesisSourceStart.AtTimestamp) != section.IsSet("timestamp"))
        {
            section.Fault("timestamp", $"{section.Path("timestamp")} and from: AT_TIMESTAMP belong together.", "Give both or none.");
        }

        section.RefuseUnknown();
        return read;
    }

    private static HttpOptions Http(ConfigurationSection section)
    {
        var defaults = new HttpOptions();
        var read = new HttpOptions
        {
            Listen = section.Address("listen", defaults.Listen),
            Certificate = section.FileOrNull("certificate"),
            Keys = section.FileOrNull("keys"),
            MetricsAnonymous = section.Flag("metricsAnonymous", defaults.MetricsAnonymous),
        };
        section.RefuseUnknown();
        if (IPAddress.IsLoopback(read.Listen.Address))
        {
            return read;
        }

        if (read.Keys is null)
        {
            section.Fault("listen", $"http.listen {read.Listen} is not loopback, and there are no keys: everyone would be admin.",
                "Set http.keys to a key file, or listen on 127.0.0.1.");
        }

        if (read.Certificate is null)
        {
            section.Fault("listen", $"http.listen {read.Listen} is not loopback, and there is no certificate: keys would travel in the clear.",
                "Set http.certificate to a PEM file, or listen on 127.0.0.1 behind a proxy with TLS.");
        }

        return read;
    }

    private static TimeSettings Time(ConfigurationSection section)
    {
        var defaults = new TimeSettings();
        var read = new TimeSettings
        {
            OutOfOrderness = section.Duration("outOfOrderness", defaults.OutOfOrderness),
            IdleTimeout = section.DurationOrNull("idleTimeout", defaults.IdleTimeout),
            MaxFuture = section.DurationOrNull("maxFuture", defaults.MaxFuture),
        };
        section.RefuseUnknown();
        return read;
    }

    private static JournalOptions Journal(ConfigurationSection section)
    {
        var defaults = new JournalOptions();
        var read = new JournalOptions
        {
            Sync = section.Word("sync", defaults.Sync, ConfigurationWords.Syncs),
            IntervalMs = section.Whole("intervalMs", defaults.IntervalMs, 1, 60_000),
            Retain = section.Duration("retain", defaults.Retain),
            OnCorruption = section.Word("onCorruption", defaults.OnCorruption, ConfigurationWords.Corruptions),
            SegmentBytes = section.Bytes("segmentBytes", defaults.SegmentBytes, 1L << 18, 1L << 30),
        };
        section.RefuseUnknown();
        return read;
    }

    private static SnapshotOptions Snapshot(ConfigurationSection section)
    {
        var defaults = new SnapshotOptions();
        var read = new SnapshotOptions
        {
            Interval = section.Duration("interval", defaults.Interval, TimeSpan.FromSeconds(1)),
            Readings = section.Whole("readings", defaults.Readings, 1, long.MaxValue),
        };
        section.RefuseUnknown();
        return read;
    }

    private static DeltaOptions Delta(ConfigurationSection section, string data)
    {
        var defaults = new DeltaOptions();
        var read = new DeltaOptions
        {
            Location = section.Parsed("location", data.TrimEnd('/') + "/tables", "a directory or s3://bucket/prefix", TryLocation),
            Enabled = section.Flag("enabled", defaults.Enabled),
            FlushRows = section.Whole("flushRows", defaults.FlushRows, 1, 100_000_000),
            FlushInterval = section.Duration("flushInterval", defaults.FlushInterval, TimeSpan.FromMilliseconds(100)),
            Compression = section.Word("compression", defaults.Compression, ConfigurationWords.Compressions),
            TargetFileBytes = section.Bytes("targetFileBytes", defaults.TargetFileBytes, 1L << 20, 1L << 33),
            Retention = section.Duration("retention", defaults.Retention),
            S3 = S3(section.Section("s3")),
        };
        section.RefuseUnknown();
        return read;
    }

    private static DeltaS3Options S3(ConfigurationSection section)
    {
        var defaults = new DeltaS3Options();
        var read = new DeltaS3Options
        {
            Endpoint = section.Parsed("endpoint", defaults.Endpoint, "a URL, without user and password, or null", TryUrlOrNull),
            Region = section.TextOrNull("region", defaults.Region),
            PathStyle = section.Parsed("pathStyle", defaults.PathStyle, "auto, true or false", TryPathStyle),
            Profile = section.TextOrNull("profile", defaults.Profile),
            Encryption = section.Parsed("encryption", defaults.Encryption, "AES256, aws:kms or bucket", TryEncryption),
            KmsKeyId = section.TextOrNull("kmsKeyId", defaults.KmsKeyId),
        };
        section.RefuseUnknown();
        return read;
    }

    private static bool TryUrlOrNull(string text, out string? url)
    {
        url = null;
        return text.Length == 0 || TryUrl(text, out url);
    }

    private static bool TryPathStyle(string text, out bool? pathStyle)
    {
        pathStyle = text switch { "true" => true, "false" => false, _ => null };
        return text is "true" or "false" or "auto";
    }

    private static bool TryEncryption(string text, out string? encryption)
    {
        encryption = text == "bucket" ? null : text;
        return text is "AES256" or "aws:kms" or "bucket";
    }

    private static OutputOptions Output(ConfigurationSection section)
    {
        var defaults = new OutputOptions();
        var kind = section.Word("kind", OutputKind.Webhook, ConfigurationWords.OutputKinds);
        var read = new OutputOptions
        {
            Kind = kind,
            Events = section.Values("events", defaults.Events, "transition, downtime", (string text, out OutputEvent value) =>
                ConfigurationWords.OutputEvents.TryGetValue(text, out value)),
            Rules = section.Texts("rules", defaults.Rules),
            Name = section.Parsed<string?>("name", null, "1 to 128 letters, digits, underscores, dots and dashes", TryStreamNameOrNull),
            From = section.Word("from", defaults.From, ConfigurationWords.OutputStarts),
            GiveUpAfter = section.Duration("giveUpAfter", defaults.GiveUpAfter, TimeSpan.FromSeconds(1)),
        };
        if (!section.IsSet("kind"))
        {
            section.Fault("kind", $"{section.Path("kind")} is missing.", "Allowed: kinesis, webhook, eventbridge.");
            return read;
        }

        read = kind == OutputKind.Webhook
            ? read with
            {
                Url = section.Parsed<string?>("url", null, "a URL like https://hooks.example/downtime, without user and password", TryUrl),
                SecretFile = section.FileOrNull("secretFile"),
                Timeout = section.Duration("timeout", defaults.Timeout, TimeSpan.FromMilliseconds(100)),
            }
            : kind == OutputKind.Eventbridge
            ? read with
            {
                Endpoint = section.Parsed<string?>("endpoint", null, "a URL, without user and password", TryUrl),
                Region = section.Text("region", defaults.Region),
                Bus = section.Text("bus", defaults.Bus),
            }
            : read with
            {
                Endpoint = section.Parsed<string?>("endpoint", null, "a URL, without user and password", TryUrl),
                Region = section.Text("region", defaults.Region),
                Stream = section.Parsed<string?>("stream", null, "1 to 128 letters, digits, underscores, dots and dashes", TryStreamNameOrNull),
            };
        var required = kind switch
        {
            OutputKind.Webhook => "url",
            OutputKind.Kinesis => "stream",
            _ => "kind",
        };
        if (!section.IsSet(required))
        {
            section.Fault(required, $"{section.Path(required)} is missing.", "An output needs to know where to send.");
        }

        section.RefuseUnknown();
        return read;
    }

    private static void CheckPorts(ConfigurationSection root, HotPathConfiguration read)
    {
        if (read.Kinesis is { } kinesis && kinesis.Listen.Port != 0 && Overlap(kinesis.Listen, read.Http.Listen))
        {
            root.Section("kinesis").Fault("listen",
                $"kinesis.listen and http.listen are both {kinesis.Listen}.", "Each needs a port of its own.");
        }

        for (var later = 1; later < read.Udp.Length; later++)
        {
            for (var earlier = 0; earlier < later; earlier++)
            {
                if (read.Udp[later].Listen.Port != 0 && Overlap(read.Udp[earlier].Listen, read.Udp[later].Listen))
                {
                    root.Fault("udp", $"Two UDP listeners want {read.Udp[later].Listen}.", "Each needs a port of its own; for more sockets set receivers.");
                }
            }
        }
    }

    private static bool Overlap(IPEndPoint a, IPEndPoint b) =>
        a.Port == b.Port && (a.Address.Equals(b.Address) || UdpConfiguration.IsAny(a.Address) || UdpConfiguration.IsAny(b.Address));

    private static bool TryStreamName(string text, out string name)
    {
        name = text;
        return text.Length is >= 1 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
    }

    private static bool TryStreamNameOrNull(string text, out string? name)
    {
        var good = TryStreamName(text, out var read);
        name = read;
        return good;
    }

    /// <summary>User and password in a URL would end in logs: refused, and so never echoed by us.</summary>
    private static bool TryUrl(string text, out string? url)
    {
        url = text;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.UserInfo.Length == 0;
    }

    private static bool TryTimestamp(string text, out DateTimeOffset? timestamp)
    {
        var good = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read);
        timestamp = read;
        return good;
    }

    private static bool TryLocation(string text, out string location)
    {
        location = text;
        return text.Length > 0 && (!text.Contains("://", StringComparison.Ordinal)
            || (text.StartsWith("s3://", StringComparison.Ordinal) && text.Length > 5 && text[5] != '/'));
    }
}
