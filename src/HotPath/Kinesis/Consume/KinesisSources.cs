using System.Collections.Immutable;
using System.Text;
using HotPath.Configuration;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>All upstream streams that are configured. Opened, run and disposed by the pipeline.</summary>
internal sealed class KinesisSources : IDisposable
{
    /// <summary>Of the service: five calls a second and shard, shared by all that read it.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(1);

    private readonly ImmutableArray<KinesisSource> _sources;
    private readonly SourceIntakes _intakes;

    /// <exception cref="KinesisConfigurationException">The directories of names have no room for them.</exception>
    public KinesisSources(
        ImmutableArray<KinesisSourceOptions> configured, HotPathEngine engine, NameQuota quota, IClock clock, ILogger log)
    {
        _intakes = new SourceIntakes(
            () => new RecordDecoder(engine.Names, quota), () => engine.NewInlet(), engine.Ring.SlotCount);
        var parts = new SourceParts(engine.Names, _intakes, engine.Checkpoints, clock, log);
        var keys = AwsKeyChain.Create();
        _sources = [.. configured.Select(options => Open(options, parts, keys))];
    }

    public IEnumerable<SourceSettings> Sources => _sources.Select(source => source.Settings);

    /// <summary>Reads all of them until stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_sources.Select(source => source.RunAsync(stop)));

    public void Dispose()
    {
        foreach (var source in _sources)
        {
            source.Dispose();
        }

        _intakes.Dispose();
    }

    private static KinesisSource Open(KinesisSourceOptions options, SourceParts parts, AwsKeySource keys)
    {
        var listener = Encoding.UTF8.GetBytes($"kinesisSource:{options.Stream}");
        if (parts.Names.Listeners.TryIntern(listener, parts.Clock.NowMicros, out var index) is not (InternOutcome.Known or InternOutcome.Added))
        {
            throw new KinesisConfigurationException($"The directory of listeners has no room for the source {options.Stream}. Read fewer streams.");
        }

        var client = new AwsClient(AwsService.Kinesis(options.Endpoint, options.Region), keys, parts.Clock);
        var place = options.Endpoint is null ? options.Region : client.Address.Authority;
        var settings = new SourceSettings(
            options.Stream, place, (ushort)index, ConfigurationMapping.UnitOf(options.TimestampUnit), Spacing, IdlePause)
        {
            Consumer = options.Consumer,
        };
        ShardPosition? from = options.From switch
        {
            KinesisSourceStart.Latest => null,
            KinesisSourceStart.AtTimestamp => ShardPosition.Time(options.Timestamp!.Value.ToUnixTimeMilliseconds()),
            _ => ShardPosition.Trim,
        };
        return new KinesisSource(client, settings, from, parts);
    }
}
