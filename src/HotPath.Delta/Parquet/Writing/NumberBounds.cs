using System.Numerics;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Bounds of numbers. Subclasses say how a number stands in a file.</summary>
internal abstract class NumberBounds<T> : ColumnBounds
    where T : unmanaged, INumber<T>
{
    private T _pageMin;
    private T _pageMax;
    private T _previousMin;
    private T _previousMax;
    private T _chunkMin;
    private T _chunkMax;

    protected T ValueMin { get; private set; }

    protected T ValueMax { get; private set; }

    /// <summary>Takes the bounds of some values of the page.</summary>
    public void Observe(T min, T max)
    {
        _pageMin = PageHasBounds ? T.Min(_pageMin, min) : min;
        _pageMax = PageHasBounds ? T.Max(_pageMax, max) : max;
        PageHasBounds = true;
    }

    public override void AppendPageMin(GrowingBuffer output) => Append(output, ForMin(_pageMin));

    public override void AppendPageMax(GrowingBuffer output) => Append(output, ForMax(_pageMax));

    public override void AppendChunkMin(GrowingBuffer output) => Append(output, ForMin(_chunkMin));

    public override void AppendChunkMax(GrowingBuffer output) => Append(output, ForMax(_chunkMax));

    protected abstract void Append(GrowingBuffer output, T value);

    protected virtual T ForMin(T value) => value;

    protected virtual T ForMax(T value) => value;

    protected override void FoldPage()
    {
        if (!ChunkHasBounds)
        {
            (_chunkMin, _chunkMax) = (_pageMin, _pageMax);
        }
        else
        {
            IsAscending &= _previousMin <= _pageMin && _previousMax <= _pageMax;
            IsDescending &= _previousMin >= _pageMin && _previousMax >= _pageMax;
            _chunkMin = T.Min(_chunkMin, _pageMin);
            _chunkMax = T.Max(_chunkMax, _pageMax);
        }

        (_previousMin, _previousMax) = (_pageMin, _pageMax);
    }

    protected override void FoldChunk()
    {
        ValueMin = FileHasBounds ? T.Min(ValueMin, _chunkMin) : _chunkMin;
        ValueMax = FileHasBounds ? T.Max(ValueMax, _chunkMax) : _chunkMax;
    }
}
