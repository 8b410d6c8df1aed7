using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace HotPath.Configuration;

/// <summary>The effective configuration as YAML that loads again to the same. Secrets never stand in it: they are files.</summary>
internal static class ConfigurationText
{
    public static string Show(HotPathConfiguration configuration)
    {
        var yaml = new StringBuilder();
        yaml.AppendLine(CultureInfo.InvariantCulture, $"data: {Quoted(configuration.Data)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"shards: {configuration.Shards?.ToString(CultureInfo.InvariantCulture) ?? "auto"}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"affinity: {Flow(configuration.Affinity.Select(cpu => cpu.ToString(CultureInfo.InvariantCulture)))}");
        List(yaml, "udp", configuration.Udp.Select(Udp));
        Kinesis(yaml, configuration.Kinesis);
        List(yaml, "kinesisSource", configuration.KinesisSource.Select(KinesisSource));
        Http(yaml, configuration.Http);
        yaml.AppendLine(CultureInfo.InvariantCulture, $"rules: {Quoted(configuration.Rules)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"rulesMemoryBytes: {configuration.RulesMemoryBytes}");
        Times(yaml, configuration);
        Delta(yaml, configuration.Delta);
        List(yaml, "outputs", configuration.Outputs.Select(Output));
        return yaml.ToString();
    }

    private static string Udp(UdpOptions udp) =>
        $"{{ listen: {Quoted(udp.Listen)}, timestampUnit: {Unit(udp.TimestampUnit)}, "
        + $"allow: {Flow(udp.Allow.Select(Quoted))}, hmacKeys: {QuotedOrNull(udp.HmacKeys)}, "
        + string.Create(CultureInfo.InvariantCulture, $"receivers: {udp.Receivers}, gro: {Flag(udp.Gro)}, ")
        + $"multicastGroup: {QuotedOrNull(udp.MulticastGroup?.ToString())}, "
        + $"multicastInterface: {QuotedOrNull(udp.MulticastInterface?.ToString())} }}";

    private static void Kinesis(StringBuilder yaml, KinesisOptions? kinesis)
    {
        if (kinesis is null)
        {
            yaml.AppendLine("kinesis: null");
            return;
        }

        yaml.AppendLine("kinesis:");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  listen: {Quoted(kinesis.Listen)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  certificate: {QuotedOrNull(kinesis.Certificate)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  auth: {{ mode: {ConfigurationWords.AuthModes.Word(kinesis.Auth.Mode)}, keys: {QuotedOrNull(kinesis.Auth.Keys)} }}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  streams: {Flow(kinesis.Streams.Select(Stream))}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  allowAdministration: {Flag(kinesis.AllowAdministration)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  streamTransitionMs: {kinesis.StreamTransitionMs}");
        yaml.AppendLine(kinesis.RetainRaw is { } raw
            ? string.Create(CultureInfo.InvariantCulture, $"  retainRaw: {{ time: {Duration(raw.Time)}, bytes: {raw.Bytes} }}")
            : "  retainRaw: null");
        var limits = kinesis.Limits;
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"  limits: {{ records: {limits.Records}, recordBytes: {limits.RecordBytes}, requestBytes: {limits.RequestBytes}, bodiesBytes: {limits.BodiesBytes}, calls: {limits.Calls}, connections: {limits.Connections}, shards: {limits.Shards}, consumers: {limits.Consumers} }}");
    }

    private static string Stream(KinesisStreamOptions stream) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{{ name: {Quoted(stream.Name)}, shards: {stream.Shards}, timestampUnit: {Unit(stream.TimestampUnit)}")
        + (stream.Role == StreamRoleOption.Ingest ? "" : $", role: {ConfigurationWords.StreamRoles.Word(stream.Role)}") + " }";

    private static string KinesisSource(KinesisSourceOptions source) =>
        "{ " + (source.Endpoint is null ? "" : $"endpoint: {Quoted(source.Endpoint)}, ")
        + $"region: {Quoted(source.Region)}, stream: {Quoted(source.Stream)}, "
        + (source.Consumer is null ? "" : $"consumer: {Quoted(source.Consumer)}, ")
        + $"from: {ConfigurationWords.SourceStarts.Word(source.From)}, "
        + (source.Timestamp is { } at ? $"timestamp: {Quoted(at.ToString("O", CultureInfo.InvariantCulture))}, " : "")
        + $"timestampUnit: {Unit(source.TimestampUnit)} }}";

    private static void Http(StringBuilder yaml, HttpOptions http) =>
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"http: {{ listen: {Quoted(http.Listen)}, certificate: {QuotedOrNull(http.Certificate)}, keys: {QuotedOrNull(http.Keys)}, metricsAnonymous: {Flag(http.MetricsAnonymous)} }}");

    private static void Times(StringBuilder yaml, HotPathConfiguration configuration)
    {
        var (time, journal, snapshot) = (configuration.Time, configuration.Journal, configuration.Snapshot);
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"time: {{ outOfOrderness: {Duration(time.OutOfOrderness)}, idleTimeout: {Duration(time.IdleTimeout)}, maxFuture: {Duration(time.MaxFuture)} }}");
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"journal: {{ sync: {ConfigurationWords.Syncs.Word(journal.Sync)}, intervalMs: {journal.IntervalMs}, retain: {Duration(journal.Retain)}, onCorruption: {ConfigurationWords.Corruptions.Word(journal.OnCorruption)}, segmentBytes: {journal.SegmentBytes} }}");
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"snapshot: {{ interval: {Duration(snapshot.Interval)}, readings: {snapshot.Readings} }}");
    }

    private static void Delta(StringBuilder yaml, DeltaOptions delta)
    {
        yaml.AppendLine("delta:");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  location: {Quoted(delta.Location)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  enabled: {Flag(delta.Enabled)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  flushRows: {delta.FlushRows}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  flushInterval: {Duration(delta.FlushInterval)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  compression: {ConfigurationWords.Compressions.Word(delta.Compression)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  targetFileBytes: {delta.TargetFileBytes}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  retention: {Duration(delta.Retention)}");
        if (delta.S3 != new DeltaS3Options())
        {
            S3(yaml, delta.S3);
        }
    }

    private static void S3(StringBuilder yaml, DeltaS3Options s3) =>
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"  s3: {{ endpoint: {Quoted(s3.Endpoint ?? "")}, region: {QuotedOrNull(s3.Region)}, pathStyle: {(s3.PathStyle is { } pathStyle ? Flag(pathStyle) : "auto")}, "
            + $"profile: {QuotedOrNull(s3.Profile)}, encryption: {s3.Encryption ?? "bucket"}, kmsKeyId: {QuotedOrNull(s3.KmsKeyId)} }}");

    private static string Output(OutputOptions output)
    {
        var place = (output.Endpoint is null ? "" : $"endpoint: {Quoted(output.Endpoint)}, ") + $"region: {Quoted(output.Region)}";
        var target = output.Kind switch
        {
            OutputKind.Webhook =>
                $"url: {QuotedOrNull(Masked(output.Url))}, secretFile: {QuotedOrNull(output.SecretFile)}, timeout: {Duration(output.Timeout)}",
            OutputKind.Kinesis => $"{place}, stream: {QuotedOrNull(output.Stream)}",
            _ => $"{place}, bus: {Quoted(output.Bus)}",
        };
        var name = (output.Name is null ? "" : $"name: {Quoted(output.Name)}, ") + $"from: {ConfigurationWords.OutputStarts.Word(output.From)}, giveUpAfter: {Duration(output.GiveUpAfter)}";
        var events = Flow(output.Events.Select(kind => ConfigurationWords.OutputEvents.Word(kind)));
        return $"{{ kind: {ConfigurationWords.OutputKinds.Word(output.Kind)}, {name}, {target}, events: {events}, rules: {Flow(output.Rules.Select(Quoted))} }}";
    }

    private static void List(StringBuilder yaml, string key, IEnumerable<string> items)
    {
        var lines = items.ToImmutableArray();
        yaml.Append(key).AppendLine(lines.IsEmpty ? ": []" : ":");
        foreach (var line in lines)
        {
            yaml.Append("  - ").AppendLine(line);
        }
    }

    /// <summary>Some receivers put a token into the query.</summary>
    private static string? Masked(string? url) =>
        url?.IndexOf('?', StringComparison.Ordinal) is > 0 and var query ? url[..query] + "?***" : url;

    private static string Unit(TimestampUnitOption unit) => ConfigurationWords.TimestampUnits.Word(unit);

    private static string Duration(TimeSpan? duration) => duration is { } some ? ConfigurationValues.Text(some) : "null";

    private static string Flag(bool flag) => flag ? "true" : "false";

    private static string Flow(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

    private static string QuotedOrNull(string? text) => text is null ? "null" : Quoted(text);

    private static string Quoted<T>(T value) =>
        '"' + value!.ToString()!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
}
