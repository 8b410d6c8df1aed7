using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// Bounds of strings and binary in the order of unsigned bytes. In the file they are cut to a limit: the least is a
/// prefix, the largest a prefix whose last character was raised. In memory they stay whole.
/// </summary>
internal sealed class BytesBounds(bool isText, int bytesMax) : ColumnBounds
{
    private readonly GrowingBuffer _pageMin = new(64);
    private readonly GrowingBuffer _pageMax = new(64);
    private readonly GrowingBuffer _previousMin = new(64);
    private readonly GrowingBuffer _previousMax = new(64);
    private readonly GrowingBuffer _chunkMin = new(64);
    private readonly GrowingBuffer _chunkMax = new(64);
    private readonly GrowingBuffer _fileMin = new(64);
    private readonly GrowingBuffer _fileMax = new(64);
    private readonly byte[] _cut = new byte[bytesMax];

    public override bool IsChunkMinExact => _chunkMin.Count <= bytesMax;

    public override bool IsChunkMaxExact => _chunkMax.Count <= bytesMax;

    public override bool HasChunkMax =>
        ChunkHasBounds && (IsChunkMaxExact || BytesTruncation.Max(_chunkMax.Written, isText, _cut) > 0);

    public override ColumnValue FileMin => ColumnValue.OfBytes(_fileMin.Written.ToArray());

    public override ColumnValue FileMax => ColumnValue.OfBytes(_fileMax.Written.ToArray());

    public ReadOnlySpan<byte> PageMin => _pageMin.Written;

    public ReadOnlySpan<byte> PageMax => _pageMax.Written;

    /// <summary>Takes the bounds of some values of the page.</summary>
    public void Observe(ReadOnlySpan<byte> min, ReadOnlySpan<byte> max)
    {
        if (!PageHasBounds || min.SequenceCompareTo(_pageMin.Written) < 0)
        {
            Set(_pageMin, min);
        }

        if (!PageHasBounds || max.SequenceCompareTo(_pageMax.Written) > 0)
        {
            Set(_pageMax, max);
        }

        PageHasBounds = true;
    }

    public override void AppendPageMin(GrowingBuffer output) => AppendMin(_pageMin.Written, output);

    // A page whose largest value cannot be raised keeps it whole: the index has no way to leave one bound out.
    public override void AppendPageMax(GrowingBuffer output) => AppendMax(_pageMax.Written, output);

    public override void AppendChunkMin(GrowingBuffer output) => AppendMin(_chunkMin.Written, output);

    public override void AppendChunkMax(GrowingBuffer output) => AppendMax(_chunkMax.Written, output);

    protected override void FoldPage()
    {
        if (ChunkHasBounds)
        {
            var lowest = _previousMin.Written.SequenceCompareTo(_pageMin.Written);
            var highest = _previousMax.Written.SequenceCompareTo(_pageMax.Written);
            IsAscending &= lowest <= 0 && highest <= 0;
            IsDescending &= lowest >= 0 && highest >= 0;
        }

        Fold(_pageMin, _pageMax, _chunkMin, _chunkMax, ChunkHasBounds);
        Set(_previousMin, _pageMin.Written);
        Set(_previousMax, _pageMax.Written);
    }

    protected override void FoldChunk() => Fold(_chunkMin, _chunkMax, _fileMin, _fileMax, FileHasBounds);

    private static void Fold(GrowingBuffer min, GrowingBuffer max, GrowingBuffer intoMin, GrowingBuffer intoMax, bool has)
    {
        if (!has || min.Written.SequenceCompareTo(intoMin.Written) < 0)
        {
            Set(intoMin, min.Written);
        }

        if (!has || max.Written.SequenceCompareTo(intoMax.Written) > 0)
        {
            Set(intoMax, max.Written);
        }
    }

    private static void Set(GrowingBuffer buffer, ReadOnlySpan<byte> value)
    {
        buffer.Clear();
        buffer.Append(value);
    }

    private void AppendMin(ReadOnlySpan<byte> value, GrowingBuffer output) =>
        output.Append(value[..BytesTruncation.Min(value, isText, bytesMax)]);

    private void AppendMax(ReadOnlySpan<byte> value, GrowingBuffer output)
    {
        if (value.Length <= bytesMax)
        {
            output.Append(value);
            return;
        }

        var bytes = BytesTruncation.Max(value, isText, _cut);
        output.Append(bytes > 0 ? _cut.AsSpan(0, bytes) : value);
    }
}
