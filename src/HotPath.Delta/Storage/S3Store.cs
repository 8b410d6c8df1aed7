using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Amazon.S3.Model;

namespace HotPath.Delta.Storage;

/// <summary>
/// A table in an S3-compatible object store. Commits rest on <c>If-None-Match: *</c>; nothing here is safe beside writers
/// that coordinate by other means, such as a lock table.
/// </summary>
public sealed class S3Store : ITableStore, IDisposable
{
    /// <summary>A racing request made S3 give up on ours: it says so, and to send it again.</summary>
    private const int ConflictAttemptsMax = 20;

    // Whole files of this size cost one request; larger ones are read by ranges.
    private const long WholeBytesMax = 8 << 20;

    private readonly string _bucket;
    private readonly string _prefix;
    private readonly S3StoreOptions _options;
    private readonly AmazonS3Client _client;
    private readonly AmazonS3Client _commits;

    /// <param name="bucket">The bucket's name.</param>
    /// <param name="prefix">The table's keys begin with it and a '/'; empty for the bucket's root.</param>
    /// <param name="options">How the store is reached.</param>
    public S3Store(string bucket, string prefix, S3StoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        _bucket = bucket;
        _prefix = prefix.Trim('/');
        _prefix = _prefix.Length == 0 ? "" : _prefix + "/";
        _options = options ?? new S3StoreOptions();
        Location = $"s3://{bucket}/{_prefix}".TrimEnd('/');
        _client = Connect(_options, retriesMax: 4);

        // Sent again after a lost answer, a commit would meet itself and be reported as a conflict. The SDK is told not to;
        // .NET below it may still do so on a broken connection, so whoever hears Exists compares what is there.
        _commits = Connect(_options, retriesMax: 0);
    }

    public string Location { get; }

    public async ValueTask<byte[]?> TryReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _client.GetObjectAsync(_bucket, Key(path), cancellation);
            using var content = new MemoryStream();
            await answer.ResponseStream.CopyToAsync(content, cancellation);
            return content.ToArray();
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception fault) when (IsFault(fault, cancellation))
        {
            throw Failed("read", path, fault);
        }
    }

    public async ValueTask<StoreReader?> TryOpenAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var facts = await _client.GetObjectMetadataAsync(_bucket, Key(path), cancellation);
            if (facts.ContentLength > WholeBytesMax)
            {
                return new S3StoreReader(_client, _bucket, Key(path), facts.ContentLength);
            }
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception fault) when (IsFault(fault, cancellation))
        {
            throw Failed("open", path, fault);
        }

        var content = await TryReadAsync(path, cancellation);
        return content is null ? null : new WholeStoreReader(content);
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(
        string directory,
        string? startAfter,
        bool recursive,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = _bucket,
            Prefix = directory.Length == 0 ? _prefix : Key(directory) + "/",
            Delimiter = recursive ? null : "/",
            StartAfter = startAfter is null ? null : Key(startAfter),
        };
        do
        {
            var page = await ListPageAsync(request, directory, cancellation);
            foreach (var item in page.S3Objects ?? [])
            {
                var modified = new DateTimeOffset(item.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch);
                yield return new(item.Key[_prefix.Length..], item.Size ?? 0, modified.ToUnixTimeMilliseconds());
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    public async ValueTask<PutOutcome> PutIfAbsentAsync(
        string path,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var request = PutRequest(path, content);
                request.IfNoneMatch = "*";
                await _commits.PutObjectAsync(request, cancellation);
                return PutOutcome.Created;
            }
            catch (AmazonS3Exception answer) when (answer.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return PutOutcome.Exists;
            }
            catch (AmazonS3Exception answer)
                when (answer.StatusCode == HttpStatusCode.Conflict && attempt < ConflictAttemptsMax)
            {
                // Not "it exists": a race that has no winner yet. The same request again finds out.
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * attempt), cancellation);
            }
            catch (AmazonS3Exception refused) when (IsRefusal(refused.StatusCode))
            {
                throw Failed("commit", path, refused);
            }
            catch (Exception fault) when (IsFault(fault, cancellation))
            {
                return PutOutcome.Unknown;
            }
        }
    }

    public async ValueTask PutAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        try
        {
            await _client.PutObjectAsync(PutRequest(path, content), cancellation);
        }
        catch (Exception fault) when (IsFault(fault, cancellation))
        {
            throw Failed("write", path, fault);
        }
    }

    public ValueTask<StoreWriter> CreateAsync(string path, CancellationToken cancellation) =>
        new(new S3StoreWriter(_client, _bucket, Key(path), _options));

    // An object appears when its last request has been answered, in place of the one before.
    public ValueTask<StoreWriter> ReplaceAsync(string path, CancellationToken cancellation) => CreateAsync(path, cancellation);

    public async ValueTask DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await _client.DeleteObjectAsync(_bucket, Key(path), cancellation);
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound)
        {
            // Gone already.
        }
        catch (Exception fault) when (IsFault(fault, cancellation))
        {
            throw Failed("delete", path, fault);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _commits.Dispose();
    }

    public override string ToString() => Location;

    internal static void Encrypt(PutObjectRequest request, S3StoreOptions options)
    {
        if (options.ServerSideEncryption is { } method)
        {
            request.ServerSideEncryptionMethod = new ServerSideEncryptionMethod(method);
            request.ServerSideEncryptionKeyManagementServiceKeyId = options.KmsKeyId;
        }
    }

    internal static bool IsFault(Exception fault, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested
        && fault is AmazonServiceException or AmazonClientException or HttpRequestException or IOException
            or OperationCanceledException or TimeoutException;

    private static AmazonS3Client Connect(S3StoreOptions options, int retriesMax)
    {
        var endpoint = options.Endpoint
            ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3")
            ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL");
        var config = new AmazonS3Config
        {
            MaxErrorRetry = retriesMax,
            Timeout = options.RequestTimeout,
            ForcePathStyle = options.PathStyle ?? endpoint is not null,

            // Checksums in trailers are news to many S3-compatible stores.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (options.Region is not null)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        }

        return CredentialsOf(options) is { } credentials
            ? new AmazonS3Client(credentials, config)
            : new AmazonS3Client(config);
    }

    /// <summary>Null where the SDK's chain is to find them: environment, profile, container, instance.</summary>
    private static AWSCredentials? CredentialsOf(S3StoreOptions options)
    {
        if (options.AccessKeyId is not null)
        {
            return options.SessionToken is null
                ? new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey)
                : new SessionAWSCredentials(options.AccessKeyId, options.SecretAccessKey, options.SessionToken);
        }

        if (options.Profile is null)
        {
            return null;
        }

        return new CredentialProfileStoreChain().TryGetAWSCredentials(options.Profile, out var found)
            ? found
            : throw new StoreException(
                $"There is no profile '{options.Profile}' with credentials for S3. Look into the shared credentials file (~/.aws).");
    }

    // The store has understood and refused: nothing was written. All else may have been.
    private static bool IsRefusal(HttpStatusCode status) =>
        (int)status is >= 400 and < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict);

    private async ValueTask<ListObjectsV2Response> ListPageAsync(
        ListObjectsV2Request request,
        string directory,
        CancellationToken cancellation)
    {
        try
        {
            return await _client.ListObjectsV2Async(request, cancellation);
        }
        catch (Exception fault) when (IsFault(fault, cancellation))
        {
            throw Failed("list", directory, fault);
        }
    }

    private PutObjectRequest PutRequest(string path, ReadOnlyMemory<byte> content)
    {
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = Key(path),
            InputStream = new MemoryStream(content.ToArray(), writable: false),
            UseChunkEncoding = false,
        };
        Encrypt(request, _options);
        return request;
    }

    private string Key(string path)
    {
        if (path.StartsWith('/') || path.Contains("://", StringComparison.Ordinal))
        {
            throw new StoreException($"The path '{path}' leads out of the table at '{Location}'. Only its own files are touched.");
        }

        return _prefix + path;
    }

    private StoreException Failed(string verb, string path, Exception fault) => new(
        $"Cannot {verb} '{path}' of the table at '{Location}': {fault.Message} Check the endpoint, the credentials and the bucket.",
        fault);
}
