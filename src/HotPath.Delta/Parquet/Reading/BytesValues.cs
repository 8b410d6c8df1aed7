using System.Buffers.Binary;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>
/// BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY and INT96. Behind a dictionary values stay codes; what other pages of the chunk bring
/// becomes entries of their own.
/// </summary>
internal sealed class BytesValues(ReadBudget budget, int fixedBytes, bool isInt96) : LeafValues(budget)
{
    private byte[] _data = [];
    private int _dataBytes;
    private int[] _offsets = [0];
    private int _entryCount;
    private int _dictionaryCount;
    private int[] _codes = [];
    private int _codeCount;
    private long[] _lengths = [];
    private long[] _prefixes = [];

    public override ColumnVector ToVector()
    {
        if (isInt96)
        {
            return Int96Vector();
        }

        var offsets = _offsets.AsMemory(0, _entryCount + 1);
        return HasDictionary
            ? ColumnVector.Codes(_codes.AsMemory(0, _codeCount), _data.AsMemory(0, _dataBytes), offsets)
            : ColumnVector.Bytes(_data.AsMemory(0, _dataBytes), offsets);
    }

    protected override void TakeDictionary(ReadOnlySpan<byte> page, int count)
    {
        TakePlain(page, count);
        _dictionaryCount = _entryCount;
    }

    protected override void TakeCodes(ReadOnlySpan<int> codes)
    {
        foreach (var code in codes)
        {
            if ((uint)code >= (uint)_dictionaryCount)
            {
                throw OutsideDictionary(code, _dictionaryCount);
            }
        }

        Budget.Grow(ref _codes, (long)_codeCount + codes.Length);
        codes.CopyTo(_codes.AsSpan(_codeCount));
        _codeCount += codes.Length;
    }

    protected override bool TryTake(ValueEncoding encoding, ReadOnlySpan<byte> page, int count)
    {
        var first = _entryCount;
        switch (encoding)
        {
            case ValueEncoding.Plain:
                TakePlain(page, count);
                break;
            case ValueEncoding.DeltaLengthByteArray when fixedBytes == 0:
                TakeDeltaLength(page, count);
                break;
            case ValueEncoding.DeltaByteArray:
                TakeDeltaBytes(page, count);
                break;
            case ValueEncoding.ByteStreamSplit when fixedBytes > 0 && !isInt96:
                RequireBytes((long)count * fixedBytes, page.Length);
                ByteStreamSplit.Decode(page, fixedBytes, AddFixed(count));
                break;
            default:
                return false;
        }

        if (HasDictionary)
        {
            Budget.Grow(ref _codes, (long)_codeCount + count);
            for (var i = 0; i < count; i++)
            {
                _codes[_codeCount++] = first + i;
            }
        }

        return true;
    }

    private ColumnVector Int96Vector()
    {
        var count = HasDictionary ? _codeCount : _entryCount;
        var micros = Array.Empty<long>();
        Budget.Grow(ref micros, count);
        for (var i = 0; i < count; i++)
        {
            var entry = HasDictionary ? _codes[i] : i;
            micros[i] = TimestampUnits.MicrosOfInt96(_data.AsSpan(_offsets[entry], fixedBytes));
        }

        return ColumnVector.Longs(micros.AsMemory(0, count));
    }

    private void TakePlain(ReadOnlySpan<byte> page, int count)
    {
        if (fixedBytes > 0)
        {
            RequireBytes((long)count * fixedBytes, page.Length);
            page[..(count * fixedBytes)].CopyTo(AddFixed(count));
            return;
        }

        // Each value has a length of 4 bytes, so the count is bounded by the page before anything is taken for it.
        RequireBytes((long)count * sizeof(int), page.Length);
        ReserveEntries(count);
        ReserveData(page.Length);
        for (var i = 0; i < count; i++)
        {
            RequireBytes(sizeof(int), page.Length);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(page);
            page = page[sizeof(int)..];
            RequireBytes(length, page.Length);
            AddEntry(page[..(int)length]);
            page = page[(int)length..];
        }
    }

    private void TakeDeltaLength(ReadOnlySpan<byte> page, int count)
    {
        if (count == 0)
        {
            return;
        }

        var bytes = ReadLengths(ref page, ref _lengths, count);
        RequireBytes(bytes, page.Length);
        ReserveEntries(count);
        ReserveData(bytes);
        page[..(int)bytes].CopyTo(_data.AsSpan(_dataBytes));
        for (var i = 0; i < count; i++)
        {
            _dataBytes += (int)_lengths[i];
            _offsets[++_entryCount] = _dataBytes;
        }
    }

    // Each value is a prefix of the one before and a suffix of its own.
    private void TakeDeltaBytes(ReadOnlySpan<byte> page, int count)
    {
        if (count == 0)
        {
            return;
        }

        ReadLengths(ref page, ref _prefixes, count);
        RequireBytes(ReadLengths(ref page, ref _lengths, count), page.Length);
        ReserveEntries(count);
        var (previousAt, previousBytes) = (_dataBytes, 0);
        for (var i = 0; i < count; i++)
        {
            var prefix = (int)_prefixes[i];
            var suffix = (int)_lengths[i];
            if (prefix > previousBytes || (fixedBytes > 0 && prefix + suffix != fixedBytes))
            {
                throw new ParquetFormatException($"a value shares {prefix} bytes with one of {previousBytes}, {suffix} follow");
            }

            var at = _dataBytes;
            ReserveData((long)prefix + suffix);
            _data.AsSpan(previousAt, prefix).CopyTo(_data.AsSpan(at));
            page[..suffix].CopyTo(_data.AsSpan(at + prefix));
            page = page[suffix..];
            _dataBytes += prefix + suffix;
            _offsets[++_entryCount] = _dataBytes;
            (previousAt, previousBytes) = (at, prefix + suffix);
        }
    }

    private long ReadLengths(ref ReadOnlySpan<byte> page, ref long[] lengths, int count)
    {
        var decoder = new DeltaBinaryDecoder(page);
        if (decoder.Count != count)
        {
            throw new ParquetFormatException($"a page has {decoder.Count} lengths for {count} values");
        }

        Budget.Grow(ref lengths, count);
        decoder.Read(lengths.AsSpan(0, count), is32Bits: true);
        page = page[decoder.Position..];
        var total = 0L;
        foreach (var length in lengths.AsSpan(0, count))
        {
            if (length < 0)
            {
                throw new ParquetFormatException($"a value of {length} bytes");
            }

            total += length;
        }

        return total;
    }

    private Span<byte> AddFixed(int count)
    {
        var bytes = count * fixedBytes;
        ReserveEntries(count);
        ReserveData(bytes);
        var room = _data.AsSpan(_dataBytes, bytes);
        for (var i = 0; i < count; i++)
        {
            _dataBytes += fixedBytes;
            _offsets[++_entryCount] = _dataBytes;
        }

        return room;
    }

    private void AddEntry(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_data.AsSpan(_dataBytes));
        _dataBytes += value.Length;
        _offsets[++_entryCount] = _dataBytes;
    }

    private void ReserveEntries(int count) => Budget.Grow(ref _offsets, (long)_entryCount + count + 1);

    private void ReserveData(long bytes) => Budget.Grow(ref _data, _dataBytes + bytes);
}
