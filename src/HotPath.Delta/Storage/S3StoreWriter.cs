using Amazon.S3;
using Amazon.S3.Model;

namespace HotPath.Delta.Storage;

/// <summary>
/// An object in the making: up to one part's size it is sent at once when it is complete, larger ones in parts as they come.
/// Owned by one thread, which waits while a part is sent. An upload that is not completed is aborted.
/// </summary>
internal sealed class S3StoreWriter : StoreWriter
{
    private readonly AmazonS3Client _client;
    private readonly string _bucket;
    private readonly string _key;
    private readonly S3StoreOptions _options;
    private readonly PartStream _stream;
    private readonly List<PartETag> _parts = [];
    private string? _uploadId;

    public S3StoreWriter(AmazonS3Client client, string bucket, string key, S3StoreOptions options)
    {
        (_client, _bucket, _key, _options) = (client, bucket, key, options);
        _stream = new PartStream(options.PartBytes, SendPart);
    }

    public override Stream Stream => _stream;

    public override async ValueTask CompleteAsync(CancellationToken cancellation)
    {
        try
        {
            if (_uploadId is null)
            {
                var request = new PutObjectRequest
                {
                    BucketName = _bucket,
                    Key = _key,
                    InputStream = _stream.Part(),
                    UseChunkEncoding = false,
                };
                S3Store.Encrypt(request, _options);
                await _client.PutObjectAsync(request, cancellation);
                return;
            }

            SendPart();
            await _client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = _bucket,
                    Key = _key,
                    UploadId = _uploadId,
                    PartETags = _parts,
                },
                cancellation);
            _uploadId = null;
        }
        catch (Exception fault) when (S3Store.IsFault(fault, cancellation))
        {
            throw Failed(fault);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_uploadId is null)
        {
            return;
        }

        try
        {
            await _client.AbortMultipartUploadAsync(_bucket, _key, _uploadId);
        }
        catch (Exception fault) when (S3Store.IsFault(fault, CancellationToken.None))
        {
            // The bucket's rule for unfinished uploads removes it; what made us dispose is the news.
        }
    }

    private void SendPart()
    {
        try
        {
            _uploadId ??= Begin();
            var answer = _client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = _bucket,
                Key = _key,
                UploadId = _uploadId,
                PartNumber = _parts.Count + 1,
                InputStream = _stream.Part(),
                UseChunkEncoding = false,
            }).GetAwaiter().GetResult();
            _parts.Add(new PartETag(_parts.Count + 1, answer.ETag));
            _stream.Clear();
        }
        catch (Exception fault) when (S3Store.IsFault(fault, CancellationToken.None))
        {
            throw Failed(fault);
        }
    }

    private string Begin()
    {
        var request = new InitiateMultipartUploadRequest { BucketName = _bucket, Key = _key };
        if (_options.ServerSideEncryption is { } method)
        {
            request.ServerSideEncryptionMethod = new ServerSideEncryptionMethod(method);
            request.ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKeyId;
        }

        return _client.InitiateMultipartUploadAsync(request).GetAwaiter().GetResult().UploadId;
    }

    private StoreException Failed(Exception fault) =>
        new($"Cannot write '{_key}' of the bucket '{_bucket}': {fault.Message}", fault);

    /// <summary>Collects a part and asks for it to be sent whenever it is full.</summary>
    private sealed class PartStream(int partBytes, Action sendPart) : Stream
    {
        private readonly MemoryStream _part = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public MemoryStream Part() => new(_part.GetBuffer(), 0, (int)_part.Length, writable: false);

        public void Clear() => _part.SetLength(0);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                if (_part.Length == partBytes)
                {
                    sendPart();
                }

                var count = (int)Math.Min(buffer.Length, partBytes - _part.Length);
                _part.Write(buffer[..count]);
                buffer = buffer[count..];
            }
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _part.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
