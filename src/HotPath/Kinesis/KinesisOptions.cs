using System.Net;
using HotPath.Engine.Decode;
using HotPath.Kinesis.Raw;

namespace HotPath.Kinesis;

/// <summary>The <c>kinesis:</c> part of the configuration. Checked once, before the port opens.</summary>
internal sealed record KinesisOptions
{
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 4568);

    /// <summary>A PEM file with certificate and key; null = plaintext (HTTP/1.1 and h2c on the same port).</summary>
    public string? CertificatePath { get; init; }

    public KinesisAuthMode AuthMode { get; init; } = KinesisAuthMode.Verify;

    /// <summary>
    /// The file of access keys (see <see cref="Signing.AccessKeys"/>); null = none: loopback only, everyone is admitted.
    /// </summary>
    public string? KeysPath { get; init; }

    public IReadOnlyList<KinesisStreamOptions> Streams { get; init; } = [new()];

    /// <summary>Whether CreateStream, DeleteStream, SplitShard and the like may be called.</summary>
    public bool AllowAdministration { get; init; }

    /// <summary>How long a stream stays CREATING, UPDATING or DELETING.</summary>
    public int StreamTransitionMs { get; init; }

    /// <summary>Stands in ARNs. Requests may be signed for any region: gateways carry that of their cloud account.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Stands in ARNs and messages: 12 digits.</summary>
    public string AccountId { get; init; } = "000000000000";

    /// <summary>Where the streams that exist are written down, so that they outlive the process; null = nowhere.</summary>
    public string? StatePath { get; init; }

    /// <summary>How long the raw records of ingest streams are kept to be read; null = not at all.</summary>
    public RawLogOptions? Raw { get; init; }

    public KinesisLimits Limits { get; init; } = new();

    /// <summary>Whether signatures are verified: asked for, and there are keys to verify with.</summary>
    public bool VerifiesSignatures => AuthMode == KinesisAuthMode.Verify && KeysPath is not null;

    /// <exception cref="KinesisConfigurationException">The options contradict each other.</exception>
    public void Check()
    {
        if (!VerifiesSignatures && !IPAddress.IsLoopback(Listen.Address))
        {
            throw new KinesisConfigurationException(
                $"The Kinesis endpoint would listen on {Listen} without verifying signatures. " +
                "Configure kinesis.auth.mode: verify with a file of keys, or listen on a loopback address.");
        }

        if (StreamTransitionMs < 0)
        {
            throw new KinesisConfigurationException("kinesis.streamTransitionMs is negative. Give 0 or more.");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stream in Streams)
        {
            stream.Check(Limits);
            if (!names.Add(stream.Name))
            {
                throw new KinesisConfigurationException($"Stream {stream.Name} is configured twice. Keep one of them.");
            }
        }

        Limits.Check();
    }
}

/// <summary>One stream that exists from the start.</summary>
internal sealed record KinesisStreamOptions
{
    public string Name { get; init; } = "readings";

    public int Shards { get; init; } = 4;

    public TimestampUnit TimestampUnit { get; init; } = TimestampUnit.Milliseconds;

    public StreamRole Role { get; init; }

    public void Check(KinesisLimits limits)
    {
        if (!Wire.Patterns.IsStreamName(Name) || Name.Length > KinesisLimits.StreamNameCharsMax)
        {
            throw new KinesisConfigurationException(
                $"'{Name}' is no name of a stream. Use 1 to 128 of the characters a-z, A-Z, 0-9, _, . and -.");
        }

        if (Shards < 1 || Shards > limits.ShardsMax)
        {
            throw new KinesisConfigurationException(
                $"Stream {Name} would have {Shards} shards. Give 1 to {limits.ShardsMax}.");
        }
    }
}

/// <summary>What a stream is for.</summary>
internal enum StreamRole
{
    /// <summary>Takes records, which are decoded into readings.</summary>
    Ingest,

    /// <summary>Read only: the ledger's transitions.</summary>
    Transitions,

    /// <summary>Read only: the ledger's downtime rows.</summary>
    Downtimes,
}

internal enum KinesisAuthMode
{
    /// <summary>Every signature is verified against the file of keys.</summary>
    Verify,

    /// <summary>Any complete signature is accepted; on loopback only.</summary>
    Accept,
}

/// <summary>The endpoint cannot start as configured. Message: problem and cure.</summary>
public sealed class KinesisConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
