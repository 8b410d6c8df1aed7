namespace HotPath.Kinesis;

/// <summary>The greatest number of everything that a caller may send, and of what the endpoint holds for callers.</summary>
internal sealed record KinesisLimits
{
    /// <summary>Of the API; not to be configured.</summary>
    public const int StreamNameCharsMax = 128;

    /// <summary>Of the API, in Unicode code points.</summary>
    public const int PartitionKeyCharsMax = 256;

    /// <summary>A body up to here is read, and looked into, before it is asked whose it is, as the service does.</summary>
    public const int StrangerBodyBytesMax = 64 * 1024;

    /// <summary>Records in a PutRecords call.</summary>
    public int RecordsMax { get; init; } = 500;

    /// <summary>Data and partition key of one record.</summary>
    public int RecordBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Data and partition keys of a whole call, before base64.</summary>
    public int RequestBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>A request's body as sent: 10 MiB is 13.98 MiB in base64, and keys and names come on top.</summary>
    public int BodyBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Memory for the bodies of all calls under way; past it a call is answered 503.</summary>
    public long BodiesBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>Calls that are decoded or wait for the journal at one time; the next one waits for its turn.</summary>
    public int CallsMax { get; init; } = 128;

    /// <summary>Connections at one time; past it one more is closed as soon as it is made.</summary>
    public int ConnectionsMax { get; init; } = 8192;

    /// <summary>Slots that one call may stage; the ring may allow fewer.</summary>
    public int CallSlotsMax { get; init; } = 1 << 16;

    /// <summary>Open shards of all streams.</summary>
    public int ShardsMax { get; init; } = 500;

    /// <summary>Registered consumers of one stream.</summary>
    public int ConsumersMax { get; init; } = 20;

    /// <summary>How long SubscribeToShard sends before the caller must subscribe again.</summary>
    public long SubscriptionMs { get; init; } = 300_000;

    /// <summary>A subscription without records is told so after so long, or its caller takes it for dead.</summary>
    public long SubscriptionSilenceMs { get; init; } = 5_000;

    /// <summary>A call's records as they are kept raw: each with a head, under the head of the call and its stream's name.</summary>
    public int CallFrameBytesMax =>
        RequestBytesMax + ((RecordsMax + 1) * Raw.RawFrame.HeadBytes) + StreamNameCharsMax;

    public void Check()
    {
        if (RecordsMax < 1 || RecordBytesMax < 1 || CallsMax < 1 || CallSlotsMax < 1 || ShardsMax < 1)
        {
            throw new KinesisConfigurationException("A limit of the Kinesis endpoint is below 1. Give 1 or more.");
        }

        if (RequestBytesMax < RecordBytesMax || BodyBytesMax < RequestBytesMax || BodiesBytesMax < BodyBytesMax)
        {
            throw new KinesisConfigurationException(
                "The limits of the Kinesis endpoint contradict each other. " +
                "Keep record <= request <= body <= all bodies, in bytes.");
        }
    }
}
