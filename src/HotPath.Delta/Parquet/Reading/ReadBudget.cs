namespace HotPath.Delta.Parquet.Reading;

/// <summary>
/// The memory that one chunk may take while it is read. Whatever has a size that the file says is taken from it first.
/// One thread at a time; refuses when it is used up.
/// </summary>
internal sealed class ReadBudget
{
    private readonly long _bytesMax;
    private long _bytesLeft;

    public ReadBudget(long bytesMax)
    {
        _bytesMax = bytesMax;
        _bytesLeft = bytesMax;
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

    /// <summary>Makes room for so many elements in all; the new array is paid for, the old one is garbage.</summary>
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

        Array.Resize(ref array, (int)length);
    }
}
