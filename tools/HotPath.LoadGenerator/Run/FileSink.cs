using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Run;

/// <summary>
/// Writes pieces to a stream as they come: recorded readings for `hotpath replay`, or a look at the bytes.
/// </summary>
internal sealed class FileSink : IPieceSink
{
    private const int BufferBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly IPieceEncoder _encoder;
    private readonly byte[] _buffer;
    private int _bytes;

    public FileSink(Stream stream, IPieceEncoder encoder)
    {
        _stream = stream;
        _encoder = encoder;
        _buffer = new byte[Math.Max(BufferBytes, encoder.PieceBytesMax)];
    }

    public int PiecesPerScan => _encoder.PiecesPerScan;

    public TimeSpan Linger => TimeSpan.MaxValue;

    public int ReadingsIn(int piece) => _encoder.ReadingsIn(piece);

    public void Add(in Scan scan, int piece, bool again = false)
    {
        if (_bytes + _encoder.PieceBytesMax > _buffer.Length)
        {
            Flush();
        }

        _bytes += _encoder.Encode(scan, piece, _buffer.AsSpan(_bytes));
    }

    public void Flush()
    {
        _stream.Write(_buffer, 0, _bytes);
        _bytes = 0;
    }

    public void Finish()
    {
        Flush();
        _stream.Flush();
    }

    public void Dispose() => _stream.Dispose();
}
