using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>The counts of one column chunk that go into its metadata.</summary>
internal sealed class ChunkTotals
{
    private readonly int[] _pagesByEncoding = new int[(int)ValueEncoding.ByteStreamSplit + 1];

    public long RowCount { get; private set; }

    /// <summary>With nulls.</summary>
    public long ValueCount { get; private set; }

    public long NullCount { get; private set; }

    /// <summary>With page headers and the dictionary page.</summary>
    public long UncompressedBytes { get; set; }

    public int DictionaryPageCount => _pagesByEncoding[(int)ValueEncoding.RleDictionary];

    public ReadOnlySpan<int> PagesByEncoding => _pagesByEncoding;

    public void AddPage(int rows, int levels, int nullCount, int uncompressedBytes, ValueEncoding encoding)
    {
        RowCount += rows;
        ValueCount += levels;
        NullCount += nullCount;
        UncompressedBytes += uncompressedBytes;
        _pagesByEncoding[(int)encoding]++;
    }

    public void Clear()
    {
        Array.Clear(_pagesByEncoding);
        (RowCount, ValueCount, NullCount, UncompressedBytes) = (0, 0, 0, 0);
    }
}
