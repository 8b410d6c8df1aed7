using System.Collections.Immutable;
using HotPath.Configuration;
using HotPath.Engine.Agents;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>All outputs that are configured. Opened, run and disposed by the pipeline.</summary>
internal sealed class OutputSet : IDisposable
{
    /// <exception cref="InvalidDataException">A position or secret cannot be read.</exception>
    public OutputSet(HotPathConfiguration configuration, LedgerSource source, IClock clock, ILogger log)
    {
        var keys = AwsKeyChain.Create();
        var positions = Path.Combine(configuration.Data, "sinks");
        var letters = Path.Combine(configuration.Data, "dead-letters");
        All =
        [
            .. configuration.Outputs.Select(options => new Output(
                SettingsOf(options, letters),
                TargetOf(options, source, clock, keys),
                source,
                new OutputPosition(positions, options.EffectiveName, source.Instance),
                clock,
                log)),
        ];
    }

    public ImmutableArray<Output> All { get; }

    /// <summary>Delivers until stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(All.Select(output => output.RunAsync(stop)));

    public void Dispose()
    {
        foreach (var output in All)
        {
            output.Dispose();
        }
    }

    private static OutputSettings SettingsOf(OutputOptions options, string letters) => new()
    {
        Name = options.EffectiveName,
        Transitions = options.Events.Contains(OutputEvent.Transition),
        Downtimes = options.Events.Contains(OutputEvent.Downtime),
        RuleGlobs = options.Rules,
        BeginsWithOldest = options.From == OutputStart.TrimHorizon,
        GiveUpAfter = options.GiveUpAfter,
        DeadLetters = new DeadLetters(letters, options.EffectiveName),
    };

    private static IOutputTarget TargetOf(OutputOptions options, LedgerSource source, IClock clock, AwsKeySource keys) => options.Kind switch
    {
        OutputKind.Kinesis => new KinesisOutputTarget(
            new AwsClient(AwsService.Kinesis(options.Endpoint, options.Region), keys, clock), options.Stream!),
        OutputKind.Eventbridge => new EventBridgeTarget(
            new AwsClient(AwsService.EventBridge(options.Endpoint, options.Region), keys, clock), options.Bus),
        _ => new WebhookTarget(new Uri(options.Url!), source.Instance, SecretOf(options), options.Timeout, clock),
    };

    /// <exception cref="InvalidDataException">The file of the secret is empty, or no base64 behind <c>whsec_</c>.</exception>
    private static string? SecretOf(OutputOptions options)
    {
        if (options.SecretFile is not { } path)
        {
            return null;
        }

        var secret = File.ReadAllText(path).Trim();
        var isGood = secret.Length > 0
            && (!secret.StartsWith("whsec_", StringComparison.Ordinal) || Convert.TryFromBase64String(secret[6..], new byte[secret.Length], out _));
        return isGood ? secret : throw new InvalidDataException(
            $"{path} holds no secret: write one line, plain text or whsec_ and base64.");
    }
}
