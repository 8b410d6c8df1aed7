using Amazon.S3;
using Amazon.S3.Model;

namespace HotPath.Delta.Storage;

/// <summary>A large object, read by ranges: each read is one request. Any thread may read.</summary>
internal sealed class S3StoreReader : StoreReader
{
    private readonly AmazonS3Client _client;
    private readonly string _bucket;
    private readonly string _key;

    public S3StoreReader(AmazonS3Client client, string bucket, string key, long length)
    {
        (_client, _bucket, _key) = (client, bucket, key);
        Length = length;
    }

    public override long Length { get; }

    public override int Read(long offset, Span<byte> destination)
    {
        if (offset >= Length || destination.IsEmpty)
        {
            return 0;
        }

        var request = new GetObjectRequest
        {
            BucketName = _bucket,
            Key = _key,
            ByteRange = new ByteRange(offset, Math.Min(Length, offset + destination.Length) - 1),
        };
        try
        {
            using var answer = _client.GetObjectAsync(request).GetAwaiter().GetResult();
            return answer.ResponseStream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        }
        catch (Exception fault) when (S3Store.IsFault(fault, CancellationToken.None))
        {
            throw new StoreException($"Cannot read '{_key}' of the bucket '{_bucket}': {fault.Message}", fault);
        }
    }
}

/// <summary>A small object, read at once. Any thread may read.</summary>
internal sealed class WholeStoreReader(byte[] content) : StoreReader
{
    public override long Length => content.Length;

    public override int Read(long offset, Span<byte> destination)
    {
        var count = (int)Math.Clamp(content.Length - offset, 0, destination.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), count).CopyTo(destination);
        return count;
    }
}
