using System.Buffers.Text;
using System.Text;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>
/// The body of one PutRecords call, written in place, with room for its head right before it, so that a call is one
/// stretch of bytes. Owned by one connection; allocates nothing.
/// <code>{"StreamName":"S","Records":[{"Data":"BASE64","PartitionKey":"K"}, ...]}</code>
/// </summary>
internal sealed class PutRecordsCall
{
    public const int RecordsMost = 500;
    public const int HeadBytesMax = 2_048;

    private const int KeyBytesMax = 64;

    private readonly byte[] _buffer;
    private readonly byte[] _start;
    private readonly int[] _entryStarts = new int[RecordsMost + 1];
    private readonly int[] _readings = new int[RecordsMost];
    private int _position;

    public PutRecordsCall(string stream, int recordsMax, int recordBytesMax)
    {
        RecordsMax = recordsMax;
        _start = Encoding.UTF8.GetBytes($"{{\"StreamName\":\"{stream}\",\"Records\":[");
        var entryBytes = Base64.GetMaxEncodedToUtf8Length(recordBytesMax) + KeyBytesMax + EntryOverhead;
        _buffer = GC.AllocateUninitializedArray<byte>(
            HeadBytesMax + _start.Length + (recordsMax * entryBytes) + End.Length, pinned: true);
        Clear();
    }

    public int RecordsMax { get; }

    public int Records { get; private set; }

    public int Readings { get; private set; }

    public bool IsFull => Records == RecordsMax;

    private static ReadOnlySpan<byte> DataMark => "{\"Data\":\""u8;

    private static ReadOnlySpan<byte> KeyMark => "\",\"PartitionKey\":\""u8;

    private static ReadOnlySpan<byte> EntryEnd => "\"},"u8;

    private static ReadOnlySpan<byte> End => "]}"u8;

    private static int EntryOverhead => DataMark.Length + KeyMark.Length + EntryEnd.Length;

    /// <summary>Takes one record; there must be room for it.</summary>
    public void Add(ReadOnlySpan<byte> data, ReadOnlySpan<byte> partitionKey, int readings)
    {
        _entryStarts[Records] = _position;
        Write(DataMark);
        Base64.EncodeToUtf8(data, _buffer.AsSpan(_position), out _, out var written);
        _position += written;
        Write(KeyMark);
        Write(partitionKey);
        Write(EntryEnd);
        _readings[Records++] = readings;
        _entryStarts[Records] = _position;
        Readings += readings;
    }

    /// <summary>The whole call, signed as of now. Valid until the next change.</summary>
    public ReadOnlyMemory<byte> Seal(RequestSigner signer, DateTime now)
    {
        // The last entry's comma becomes the end of the list; Add and Keep begin where the last entry ended.
        End.CopyTo(_buffer.AsSpan(_position - 1));
        var body = _buffer.AsSpan(HeadBytesMax, _position - 1 + End.Length - HeadBytesMax);
        Span<byte> head = stackalloc byte[HeadBytesMax];
        var headBytes = signer.WriteHead(body, now, head);
        head[..headBytes].CopyTo(_buffer.AsSpan(HeadBytesMax - headBytes));
        return _buffer.AsMemory(HeadBytesMax - headBytes, headBytes + body.Length);
    }

    /// <summary>
    /// Keeps only the records that stand in this list, in their order; returns the readings that went.
    /// </summary>
    public int KeepOnly(ReadOnlySpan<int> records)
    {
        var readingsBefore = Readings;
        _position = HeadBytesMax + _start.Length;
        Readings = 0;
        Records = 0;
        foreach (var record in records)
        {
            var entry = _buffer.AsSpan(_entryStarts[record].._entryStarts[record + 1]);
            var readings = _readings[record];
            entry.CopyTo(_buffer.AsSpan(_position));

            // Sealing wrote over the comma of the last entry.
            _buffer[_position + entry.Length - 1] = (byte)',';
            _entryStarts[Records] = _position;
            _position += entry.Length;
            _readings[Records++] = readings;
            Readings += readings;
        }

        _entryStarts[Records] = _position;
        return readingsBefore - Readings;
    }

    public void Clear()
    {
        _position = HeadBytesMax;
        Write(_start);
        Records = Readings = 0;
        _entryStarts[0] = _position;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_position));
        _position += bytes.Length;
    }
}
