using System.Numerics;
using HotPath.Delta.Columns;
using HotPath.Engine;

namespace HotPath.Sink.Rows;

/// <summary>The values of one column, row by row, in arrays that are kept for the next batch. Belongs to the sink's thread.</summary>
internal abstract class ColumnRows
{
    private ulong[] _validity = [];
    private bool _hasNull;

    public ColumnVector Vector { get; } = new();

    public int Count { get; private set; }

    /// <summary>Which rows are present; empty when all are.</summary>
    protected ReadOnlyMemory<ulong> Validity => _hasNull ? _validity.AsMemory(0, (Count + 63) >> 6) : default;

    public void Clear()
    {
        Count = 0;
        _hasNull = false;
        OnClear();
    }

    public abstract void AddNull();

    /// <summary>Lends the rows to <see cref="Vector"/>.</summary>
    public abstract void Seal();

    protected virtual void OnClear()
    {
    }

    /// <summary>Counts a row and says its number.</summary>
    protected int Next(bool isPresent)
    {
        var row = Count++;
        if (row >> 6 >= _validity.Length)
        {
            Array.Resize(ref _validity, Math.Max(16, _validity.Length * 2));
        }

        var bit = 1UL << row;
        ref var word = ref _validity[row >> 6];
        word = isPresent ? word | bit : word & ~bit;
        _hasNull |= !isPresent;
        return row;
    }

    /// <summary>
    /// Counts some rows at once, all present; the caller fills the span. Only behind a multiple of 64 rows, so that
    /// validity goes word by word.
    /// </summary>
    protected Span<T> NextBlock<T>(ref T[] values, int rowCount)
    {
        Invariant.Holds((Count & 63) == 0);
        var first = Count;
        Count += rowCount;
        if (Count > values.Length)
        {
            Array.Resize(ref values, Math.Max(1024, (int)BitOperations.RoundUpToPowerOf2((uint)Count)));
        }

        if (_validity.Length << 6 < values.Length)
        {
            Array.Resize(ref _validity, (values.Length + 63) >> 6);
        }

        _validity.AsSpan(first >> 6, (rowCount + 63) >> 6).Fill(ulong.MaxValue);
        return values.AsSpan(first, rowCount);
    }

    /// <summary>Says which rows of the last block are present: bit r of word r / 64.</summary>
    protected void MarkBlock(ReadOnlySpan<ulong> present, int rowCount)
    {
        present[..((rowCount + 63) >> 6)].CopyTo(_validity.AsSpan((Count - rowCount) >> 6));
        _hasNull = true;
    }

    protected static ref T At<T>(ref T[] values, int row)
    {
        if (row >= values.Length)
        {
            Array.Resize(ref values, Math.Max(1024, (int)BitOperations.RoundUpToPowerOf2((uint)row + 1)));
        }

        return ref values[row];
    }
}
