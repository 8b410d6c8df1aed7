using System.Security.Cryptography;

namespace HotPath.Engine.Decode;

/// <summary>
/// A KPL aggregate: <c>F3 89 9A C2 | AggregatedRecord | MD5 of it</c> (proto2: 1 partition key table, 2 explicit hash
/// key table, 3 records of {1 partition key index, 2 explicit hash key index, 3 data, 4 tags}). Reads one whole
/// aggregate; never throws, never allocates. What is no sound aggregate is one plain record, as the KCL has it.
/// </summary>
internal ref struct KplAggregate
{
    private const int Md5Bytes = 16;
    private const int RecordField = 3;
    private const int KeyField = 1;
    private const int HashKeyField = 2;
    private const int DataField = 3;

    private ReadOnlySpan<byte> _rest;

    private KplAggregate(ReadOnlySpan<byte> message) => _rest = message;

    public static ReadOnlySpan<byte> Magic => [0xF3, 0x89, 0x9A, 0xC2];

    /// <summary>Checks all of it, so that <see cref="TryNext"/> cannot meet anything unsound.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> record, out KplAggregate aggregate)
    {
        aggregate = default;
        if (record.Length < Magic.Length + Md5Bytes + 1 || !record.StartsWith(Magic))
        {
            return false;
        }

        var message = record[Magic.Length..^Md5Bytes];
        Span<byte> md5 = stackalloc byte[Md5Bytes];
        MD5.HashData(message, md5);
        aggregate = new KplAggregate(message);
        return md5.SequenceEqual(record[^Md5Bytes..]) && IsSound(message);
    }

    /// <summary>The data of the next inner record.</summary>
    public bool TryNext(out ReadOnlySpan<byte> data)
    {
        data = default;
        while (!_rest.IsEmpty && TryField(ref _rest, out var field, out var content, out _))
        {
            if (field == RecordField)
            {
                return TryData(content, keyCount: int.MaxValue, hashKeyCount: int.MaxValue, out data);
            }
        }

        return false;
    }

    private static bool IsSound(ReadOnlySpan<byte> message)
    {
        // Tables may stand behind the records that use them, so they are counted first.
        var keys = 0;
        var hashKeys = 0;
        for (var rest = message; !rest.IsEmpty;)
        {
            if (!TryField(ref rest, out var field, out _, out var isBytes) || (field <= RecordField && !isBytes))
            {
                return false;
            }

            keys += field == KeyField ? 1 : 0;
            hashKeys += field == HashKeyField ? 1 : 0;
        }

        for (var rest = message; !rest.IsEmpty;)
        {
            TryField(ref rest, out var field, out var content, out _);
            if (field == RecordField && !TryData(content, keys, hashKeys, out _))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryData(ReadOnlySpan<byte> record, int keyCount, int hashKeyCount, out ReadOnlySpan<byte> data)
    {
        data = default;
        var hasKey = false;
        var hasData = false;
        while (!record.IsEmpty)
        {
            var before = record;
            if (!TryField(ref record, out var field, out var content, out var isBytes))
            {
                return false;
            }

            if (field == DataField)
            {
                data = content;
                hasData = isBytes;
            }
            else if (field is KeyField or HashKeyField)
            {
                TryVarint(ref before, out _);
                var countMax = (ulong)(field == KeyField ? keyCount : hashKeyCount);
                if (isBytes || !TryVarint(ref before, out var index) || index >= countMax)
                {
                    return false;
                }

                hasKey |= field == KeyField;
            }
        }

        return hasKey && hasData;
    }

    /// <summary>One protobuf field; the content of what is not length-delimited is passed over.</summary>
    private static bool TryField(
        scoped ref ReadOnlySpan<byte> rest, out ulong field, out ReadOnlySpan<byte> content, out bool isBytes)
    {
        content = default;
        isBytes = false;
        field = 0;
        if (!TryVarint(ref rest, out var key))
        {
            return false;
        }

        field = key >> 3;
        switch (key & 7)
        {
            case 0:
                return TryVarint(ref rest, out _) && field != 0;
            case 1:
                return TrySkip(ref rest, 8) && field != 0;
            case 5:
                return TrySkip(ref rest, 4) && field != 0;
            case 2:
                if (!TryVarint(ref rest, out var bytes) || bytes > (ulong)rest.Length)
                {
                    return false;
                }

                isBytes = true;
                content = rest[..(int)bytes];
                rest = rest[(int)bytes..];
                return field != 0;
            default:
                return false;
        }
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int bytes)
    {
        var fits = rest.Length >= bytes;
        rest = fits ? rest[bytes..] : rest;
        return fits;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (var index = 0; index < 10 && index < rest.Length; index++)
        {
            value |= (ulong)(rest[index] & 0x7F) << (7 * index);
            if (rest[index] < 0x80)
            {
                rest = rest[(index + 1)..];
                return true;
            }
        }

        return false;
    }
}
