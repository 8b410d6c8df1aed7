using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>No compression: pages are stored as they are.</summary>
internal sealed class StoredCompressor : PageCompressor
{
    public override CodecId Codec => CodecId.Uncompressed;

    public override int BoundBytes(int bytes) => bytes;

    public override int Compress(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        page.CopyTo(destination);
        return page.Length;
    }
}
