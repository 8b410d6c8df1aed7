using System.Buffers;
using System.Numerics;
using System.Text;

namespace HotPath.Sink.Rows;

/// <summary>Strings and binary values, one after another. Is also what JSON is written into.</summary>
internal sealed class TextRows : ColumnRows, IBufferWriter<byte>
{
    private byte[] _data = new byte[4096];
    private int[] _offsets = new int[64];
    private int _dataBytes;

    public void Add(ReadOnlySpan<byte> value)
    {
        value.CopyTo(GetSpan(value.Length));
        Advance(value.Length);
        EndRow();
    }

    public void Add(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Advance(Encoding.UTF8.GetBytes(value, GetSpan(bytes)));
        EndRow();
    }

    public override void AddNull() => At(ref _offsets, Next(isPresent: false) + 1) = _dataBytes;

    /// <summary>Ends a row whose bytes came through the buffer writer.</summary>
    public void EndRow() => At(ref _offsets, Next(isPresent: true) + 1) = _dataBytes;

    public void Advance(int count) => _dataBytes += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _data.AsMemory(_dataBytes);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _data.AsSpan(_dataBytes);
    }

    public override void Seal() =>
        Vector.SetBytes(_data.AsMemory(0, _dataBytes), _offsets.AsMemory(0, Count + 1), Validity);

    protected override void OnClear() => _dataBytes = 0;

    private void EnsureRoom(int bytes)
    {
        var wanted = _dataBytes + Math.Max(bytes, 256);
        if (wanted > _data.Length)
        {
            Array.Resize(ref _data, (int)BitOperations.RoundUpToPowerOf2((uint)wanted));
        }
    }
}

/// <summary>Strings of which a dictionary stands already: only codes are kept.</summary>
internal sealed class CodeRows(IWordDictionary words) : ColumnRows
{
    private int[] _codes = [];

    /// <summary>A code; -1 is null.</summary>
    public void Add(int code) => At(ref _codes, Next(isPresent: true)) = code;

    /// <summary>Some rows at once: codes, to be filled.</summary>
    public Span<int> AddBlock(int rowCount) => NextBlock(ref _codes, rowCount);

    public override void AddNull() => Add(-1);

    public override void Seal() => Vector.SetCodes(_codes.AsMemory(0, Count), words.Data, words.Offsets);
}
