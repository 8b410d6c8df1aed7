using System.Buffers;
using HotPath.Engine.Native;

namespace HotPath.Kinesis.Raw;

/// <summary>Reads one file's frames one after the other, in pooled memory. Belongs to one thread.</summary>
internal sealed class RawReader(RawSegment segment, long offset) : IDisposable
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>A frame is a call's records: its head says more only when it is damaged.</summary>
    private const int FrameBytesMax = 64 * 1024 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(ChunkBytes);
    private long _offset = offset;
    private int _at;
    private int _count;

    /// <summary>False at the end of what is written, and where no head of a frame stands.</summary>
    /// <param name="frame">The next frame.</param>
    /// <param name="body">Valid until the next call.</param>
    /// <exception cref="DiskFaultException">The disk refuses.</exception>
    public bool TryRead(out RawFrame frame, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (!Has(RawFrame.HeadBytes, out frame) && !(Fill(RawFrame.HeadBytes) && Has(RawFrame.HeadBytes, out frame)))
        {
            return false;
        }

        if (frame.BodyBytes is < 0 or > FrameBytesMax || (_count - _at < frame.Bytes && !Fill(frame.Bytes)))
        {
            return false;
        }

        body = _bytes.AsSpan(_at + RawFrame.HeadBytes, frame.BodyBytes);
        _at += frame.Bytes;
        return true;
    }

    public static bool IsSound(in RawFrame frame, ReadOnlySpan<byte> body) => Crc32C.Of(body) == frame.BodyCrc;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private bool Has(int bytes, out RawFrame frame)
    {
        frame = default;
        return _count - _at >= bytes && RawFrame.TryRead(_bytes.AsSpan(_at, _count - _at), out frame);
    }

    /// <summary>Reads on from the frame that begins here, so that at least so much of it is in memory.</summary>
    private bool Fill(int bytes)
    {
        _offset += _at;
        _at = 0;
        if (_bytes.Length < bytes)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(bytes);
        }

        segment.Read(_bytes, _offset, out _count).ThrowIfFailed($"The raw records in {segment.Name} cannot be read");
        return _count >= bytes;
    }
}
