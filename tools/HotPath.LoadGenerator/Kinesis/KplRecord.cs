using System.Security.Cryptography;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>
/// One KPL aggregate, written in place: inner records of one partition key. Owned by one connection; allocates nothing.
/// <code>
/// F3 89 9A C2 | AggregatedRecord | MD5 of it
/// AggregatedRecord: 0A key (the table of one partition key), then for each record 1A { 08 00 (key 0), 1A data }
/// </code>
/// </summary>
internal sealed class KplRecord
{
    /// <summary>Magic, key with its mark and length, and the checksum; and of each inner record, marks and lengths.</summary>
    public const int OverheadBytes = 4 + 2 + 64 + MD5.HashSizeInBytes;
    public const int InnerOverheadBytes = 10;

    private const int KeyMark = 0x0A;
    private const int RecordMark = 0x1A;
    private const int KeyIndexMark = 0x08;
    private const int DataMark = 0x1A;

    private readonly byte[] _bytes;
    private int _position;

    public KplRecord(int bytesMax)
    {
        _bytes = new byte[bytesMax];
    }

    private static ReadOnlySpan<byte> Magic => [0xF3, 0x89, 0x9A, 0xC2];

    public void Begin(ReadOnlySpan<byte> partitionKey)
    {
        Magic.CopyTo(_bytes);
        _position = Magic.Length;
        _bytes[_position++] = KeyMark;
        WriteLength(partitionKey.Length);
        Write(partitionKey);
    }

    public void Add(ReadOnlySpan<byte> data)
    {
        const int keyIndexBytes = 2;
        _bytes[_position++] = RecordMark;
        WriteLength(keyIndexBytes + 1 + LengthBytes(data.Length) + data.Length);
        _bytes[_position++] = KeyIndexMark;
        _bytes[_position++] = 0;
        _bytes[_position++] = DataMark;
        WriteLength(data.Length);
        Write(data);
    }

    /// <summary>Valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Close()
    {
        MD5.HashData(_bytes.AsSpan(Magic.Length, _position - Magic.Length), _bytes.AsSpan(_position));
        return _bytes.AsSpan(0, _position + MD5.HashSizeInBytes);
    }

    private static int LengthBytes(int length) => length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;

    /// <summary>Seven bits a byte, the least first.</summary>
    private void WriteLength(int length)
    {
        for (; length >= 0x80; length >>= 7)
        {
            _bytes[_position++] = (byte)(length | 0x80);
        }

        _bytes[_position++] = (byte)length;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_position));
        _position += bytes.Length;
    }
}
