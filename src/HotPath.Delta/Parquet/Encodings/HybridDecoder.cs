namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Reads the RLE / bit-packing hybrid that <see cref="HybridEncoder"/> draws. Input may be anything.</summary>
internal ref struct HybridDecoder
{
    private readonly int _width;
    private ReadOnlySpan<byte> _bytes;
    private int _runValue;
    private int _runLeft;
    private ReadOnlySpan<byte> _packed;
    private int _packedAt;
    private int _packedLeft;

    public HybridDecoder(ReadOnlySpan<byte> bytes, int width)
    {
        if (width is < 0 or > 32)
        {
            throw new ParquetFormatException($"values of {width} bits");
        }

        _bytes = bytes;
        _width = width;
    }

    /// <summary>Fills all of <paramref name="values"/> or refuses.</summary>
    public void Read(scoped Span<int> values)
    {
        while (!values.IsEmpty)
        {
            if (_runLeft > 0)
            {
                var count = Math.Min(_runLeft, values.Length);
                values[..count].Fill(_runValue);
                _runLeft -= count;
                values = values[count..];
            }
            else if (_packedLeft > 0)
            {
                var count = Math.Min(_packedLeft, values.Length);
                BitUnpacker.Unpack(_packed, _packedAt, _width, values[..count]);
                _packedAt += count;
                _packedLeft -= count;
                values = values[count..];
            }
            else
            {
                NextRun();
            }
        }
    }

    private void NextRun()
    {
        var header = ReadVarint();
        if ((header & 1) == 0)
        {
            _runLeft = (int)(header >> 1);
            _runValue = 0;
            var bytes = (_width + 7) >> 3;
            if (_bytes.Length < bytes)
            {
                throw new ParquetFormatException("a run of values ends too early");
            }

            for (var i = 0; i < bytes; i++)
            {
                _runValue |= _bytes[i] << (8 * i);
            }

            _bytes = _bytes[bytes..];
            return;
        }

        // Some writers leave out the padding of the last group, so what is missing counts only when it is asked for.
        var groups = header >> 1;
        var packedBytes = Math.Min(groups * _width, _bytes.Length);
        _packed = _bytes[..(int)packedBytes];
        _bytes = _bytes[(int)packedBytes..];
        _packedAt = 0;
        _packedLeft = _width == 0
            ? (int)Math.Min(groups * 8, int.MaxValue)
            : (int)Math.Min(groups * 8, packedBytes * 8 / _width);
        if (_packedLeft == 0 && groups > 0)
        {
            throw new ParquetFormatException("packed values end too early");
        }
    }

    private long ReadVarint()
    {
        var value = 0L;
        for (var i = 0; i < 5; i++)
        {
            if (i >= _bytes.Length)
            {
                break;
            }

            value |= (long)(_bytes[i] & 0x7F) << (7 * i);
            if (_bytes[i] < 0x80)
            {
                _bytes = _bytes[(i + 1)..];
                return value & uint.MaxValue;
            }
        }

        throw new ParquetFormatException("runs of values end too early");
    }
}
