using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>Another compressor, with a meter told of each page. One thread at a time.</summary>
internal sealed class MeteredCompressor(PageCompressor compressor, ICompressionMeter meter) : PageCompressor
{
    public override CodecId Codec => compressor.Codec;

    public override int BoundBytes(int bytes) => compressor.BoundBytes(bytes);

    public override int Compress(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        meter.OnCompressing();
        var bytes = compressor.Compress(page, destination);
        meter.OnCompressed();
        return bytes;
    }

    public override void Dispose()
    {
        compressor.Dispose();
        base.Dispose();
    }
}
