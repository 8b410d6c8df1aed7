using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>
/// The memory that one chunk may take while it is read. Whatever has a size that the file says is taken from it first.
/// One thread at a time; refuses when it is used up.
/// </summary>
internal sealed class ReadBudget
{
    private readonly long _bytesMax;
    private readonly LentArrays? _arrays;
    private long _bytesLeft;

    /// <param name="bytesMax">All that may be taken.</param>
    /// <param name="arrays">Where arrays come from; null: each is a new one.</param>
    public ReadBudget(long bytesMax, LentArrays? arrays = null)
    {
        _bytesMax = bytesMax;
        _bytesLeft = bytesMax;
        _arrays = arrays;
    }

    public void Take(long bytes)
    {
        _bytesLeft -= bytes;
        if (_bytesLeft < 0)
        {
            throw new ParquetFormatException(
                $"it needs more than {_bytesMax} bytes of memory, which the file's length does not justify; "
                + $"see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MemoryBytesBase)}");
        }
    }

    /// <summary>An array of at least so many elements, all zero up to the count.</summary>
    public unsafe T[] Make<T>(int count)
        where T : unmanaged
    {
        Take((long)count * sizeof(T));
        return _arrays?.LendZeroed<T>(count) ?? new T[count];
    }

    /// <summary>
    /// Makes room for so many elements in all, arbitrary behind those that were there; the new array is paid for, the old one
    /// is not used any more.
    /// </summary>
    public unsafe void Grow<T>(ref T[] array, long count)
        where T : unmanaged
    {
        if (array.Length >= count)
        {
            return;
        }

        var length = Math.Max(count, Math.Min(2L * array.Length, count + count / 2));
        Take((length - array.Length) * sizeof(T));
        if (length > Array.MaxLength)
        {
            throw new ParquetFormatException($"it has more than {Array.MaxLength} values");
        }

        if (_arrays is null)
        {
            Array.Resize(ref array, (int)length);
            return;
        }

        array = _arrays.Exchange(array, length);
    }
}
