using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Zstandard by the system's library, with one context for all pages.</summary>
internal sealed unsafe class ZstdCompressor : PageCompressor
{
    private readonly int _level;
    private nint _context;

    public ZstdCompressor(int level)
    {
        _level = level;
        try
        {
            _context = NativeZstd.CreateCompressor();
        }
        catch (DllNotFoundException missing)
        {
            throw NativeZstd.Missing(missing);
        }

        if (_context == 0)
        {
            throw new InsufficientMemoryException("ZSTD_createCCtx found no memory.");
        }
    }

    ~ZstdCompressor() => Free();

    public override CodecId Codec => CodecId.Zstd;

    // ZSTD_COMPRESSBOUND of zstd.h: a 256th more, and up to 64 bytes for what is small.
    public override int BoundBytes(int bytes) =>
        checked(bytes + (bytes >> 8) + (bytes < 128 << 10 ? ((128 << 10) - bytes) >> 11 : 0));

    public override int Compress(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);

        // Safe because both spans are pinned for the call and their lengths are passed.
        // Worth it: there is no Zstandard in the class library; ParquetAgainstDuckDb zstd.
        fixed (byte* source = page, target = destination)
        {
            var written = NativeZstd.Compress(
                _context, target, (nuint)destination.Length, source, (nuint)page.Length, _level);
            GC.KeepAlive(this);
            return NativeZstd.IsError(written) == 0
                ? (int)written
                : throw new InvalidOperationException($"Zstandard did not compress a page of {page.Length} bytes: code {written}.");
        }
    }

    public override void Dispose()
    {
        Free();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        var context = Interlocked.Exchange(ref _context, 0);
        if (context != 0)
        {
            _ = NativeZstd.FreeCompressor(context);
        }
    }
}
