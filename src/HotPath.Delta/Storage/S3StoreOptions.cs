namespace HotPath.Delta.Storage;

/// <summary>How an S3-compatible object store is reached. The store must honour <c>If-None-Match: *</c> on PUT.</summary>
public sealed record S3StoreOptions
{
    /// <summary>Such as <c>http://127.0.0.1:9000</c>; null for AWS, or what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL says.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Null for what the environment or the instance says, and us-east-1 with an endpoint of one's own.</summary>
    public string? Region { get; init; }

    /// <summary>The bucket in the path rather than in the host's name; null: with an endpoint of one's own.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>A profile of the shared credentials file; null for what the SDK's chain finds first.</summary>
    public string? Profile { get; init; }

    /// <summary>Null: the credentials come from the SDK's chain (environment, profile, container, instance).</summary>
    public string? AccessKeyId { get; init; }

    public string? SecretAccessKey { get; init; }

    public string? SessionToken { get; init; }

    /// <summary>AES256 or aws:kms; null for the bucket's own setting.</summary>
    public string? ServerSideEncryption { get; init; }

    /// <summary>The key for aws:kms; null for the account's.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>Larger files are sent in parts of this size. S3 wants at least 5 MiB, and at most 10,000 parts.</summary>
    public int PartBytes { get; init; } = 16 << 20;

    /// <summary>How long one request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
