using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// The least and largest value of a column at three levels: page, chunk and file. Encoders observe into the page; ending
/// a level folds it into the next. One thread at a time.
/// </summary>
internal abstract class ColumnBounds
{
    public bool PageHasBounds { get; protected set; }

    public bool ChunkHasBounds { get; protected set; }

    public bool FileHasBounds { get; protected set; }

    /// <summary>NaNs of the chunk.</summary>
    public long ChunkNanCount { get; protected set; }

    public long FileNanCount { get; protected set; }

    /// <summary>Whether the bounds of the chunk's pages never fall.</summary>
    public bool IsAscending { get; protected set; } = true;

    /// <summary>Whether the bounds of the chunk's pages never rise.</summary>
    public bool IsDescending { get; protected set; } = true;

    /// <summary>Whether the bounds that go into the file are the values themselves and not cut.</summary>
    public virtual bool IsChunkMinExact => true;

    /// <summary>As <see cref="IsChunkMinExact"/>.</summary>
    public virtual bool IsChunkMaxExact => true;

    public virtual bool HasChunkMax => ChunkHasBounds;

    public abstract ColumnValue FileMin { get; }

    public abstract ColumnValue FileMax { get; }

    public abstract void AppendPageMin(GrowingBuffer output);

    public abstract void AppendPageMax(GrowingBuffer output);

    public abstract void AppendChunkMin(GrowingBuffer output);

    public abstract void AppendChunkMax(GrowingBuffer output);

    public void EndPage()
    {
        if (PageHasBounds)
        {
            FoldPage();
            PageHasBounds = false;
            ChunkHasBounds = true;
        }
    }

    public void EndChunk()
    {
        if (ChunkHasBounds)
        {
            FoldChunk();
            FileHasBounds = true;
        }

        FileNanCount += ChunkNanCount;
        ChunkNanCount = 0;
        ChunkHasBounds = false;
        (IsAscending, IsDescending) = (true, true);
    }

    public void BeginFile()
    {
        (PageHasBounds, ChunkHasBounds, FileHasBounds) = (false, false, false);
        (ChunkNanCount, FileNanCount) = (0, 0);
        (IsAscending, IsDescending) = (true, true);
    }

    /// <summary>Folds the page into the chunk and judges the order of pages. The chunk may have no bounds yet.</summary>
    protected abstract void FoldPage();

    /// <summary>Folds the chunk into the file, which may have no bounds yet.</summary>
    protected abstract void FoldChunk();
}
