using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace HotPath.TestKit.Decode;

internal enum PlainKind
{
    Null,
    Bool,
    Integer,
    Real,
    Text,
    Time,
    Array,
    Map,
    Foreign,
}

/// <summary>A value of a record as a tree, whatever the encoding: slow and obvious.</summary>
internal sealed class PlainValue
{
    public required PlainKind Kind { get; init; }

    public required byte[] Raw { get; init; }

    public bool Bool { get; init; }

    public BigInteger Integer { get; init; }

    public double Real { get; init; }

    /// <summary>Null where it is no UTF-8.</summary>
    public string? Text { get; init; }

    public List<PlainValue> Items { get; } = [];

    /// <summary>Of a map; a name that is no text is an empty one of kind Foreign.</summary>
    public List<(PlainValue Name, PlainValue Value)> Members { get; } = [];

    public bool HasBadText =>
        (Kind == PlainKind.Text && Text is null)
        || Items.Any(item => item.HasBadText)
        || Members.Any(member => member.Name.HasBadText || member.Value.HasBadText);

    public static PlainValue Of(JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element).ToArray();
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new PlainValue { Kind = PlainKind.Map, Raw = raw };
                foreach (var member in element.EnumerateObject())
                {
                    var name = JsonMarshal.GetRawUtf8PropertyName(member).ToArray();
                    map.Members.Add((OfText(name, name, isEscaped: true), Of(member.Value)));
                }

                return map;
            case JsonValueKind.Array:
                var array = new PlainValue { Kind = PlainKind.Array, Raw = raw };
                array.Items.AddRange(element.EnumerateArray().Select(Of));
                return array;
            case JsonValueKind.String:
                return OfText(raw, raw[1..^1], isEscaped: true);
            case JsonValueKind.Number:
                var literal = Encoding.ASCII.GetString(raw);
                return new PlainValue
                {
                    Kind = literal.AsSpan().ContainsAny(".eE") ? PlainKind.Real : PlainKind.Integer,
                    Raw = raw,
                    Integer = literal.AsSpan().ContainsAny(".eE") ? 0 : BigInteger.Parse(literal, CultureInfo.InvariantCulture),
                    Real = double.Parse(literal, CultureInfo.InvariantCulture),
                };
            case JsonValueKind.True or JsonValueKind.False:
                return new PlainValue { Kind = PlainKind.Bool, Raw = raw, Bool = element.ValueKind == JsonValueKind.True };
            default:
                return new PlainValue { Kind = PlainKind.Null, Raw = raw };
        }
    }

    public static PlainValue OfText(byte[] raw, byte[] content, bool isEscaped)
    {
        string? text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
            if (isEscaped && text.Contains('\\', StringComparison.Ordinal))
            {
                // Serializer and reader of the BCL unescape alike; half a surrogate pair throws.
                text = JsonSerializer.Deserialize<string>($"\"{text}\"");
            }
        }
        catch (Exception fault) when (fault is DecoderFallbackException or InvalidOperationException or JsonException)
        {
            text = null;
        }

        return new PlainValue { Kind = PlainKind.Text, Raw = raw, Text = text };
    }

    /// <summary>MessagePack at an offset. Throws where the bytes end too soon or nest too deep.</summary>
    public static PlainValue OfPack(byte[] record, ref int at, int depth)
    {
        var start = at;
        var first = record[at++];
        switch (first)
        {
            case <= 0x7F or >= 0xE0:
                return Number(record[start..at], (sbyte)first);
            case >= 0x80 and <= 0x8F or 0xDE or 0xDF:
                return Nested(record, start, ref at, Count(record, first, ref at, 0x0F), depth, isMap: true);
            case >= 0x90 and <= 0x9F or 0xDC or 0xDD:
                return Nested(record, start, ref at, Count(record, first, ref at, 0x0F), depth, isMap: false);
            case >= 0xA0 and <= 0xBF or 0xD9 or 0xDA or 0xDB:
                var text = Take(record, ref at, Count(record, first, ref at, 0x1F));
                return OfText(record[start..at], text, isEscaped: false);
            case 0xC0:
                return new PlainValue { Kind = PlainKind.Null, Raw = [first] };
            case 0xC2 or 0xC3:
                return new PlainValue { Kind = PlainKind.Bool, Raw = [first], Bool = first == 0xC3 };
            case 0xC4 or 0xC5 or 0xC6:
                Take(record, ref at, Count(record, first, ref at, 0));
                return new PlainValue { Kind = PlainKind.Foreign, Raw = record[start..at] };
            case 0xC7 or 0xC8 or 0xC9 or (>= 0xD4 and <= 0xD8):
                var bytes = first >= 0xD4 ? 1 << (first - 0xD4) : Count(record, first, ref at, 0);
                var type = Take(record, ref at, 1)[0];
                return Extension(type, Take(record, ref at, bytes), record[start..at]);
            case 0xCA:
                var single = BinaryPrimitives.ReadSingleBigEndian(Take(record, ref at, 4));
                return RealOf(record[start..at], single);
            case 0xCB:
                var real = BinaryPrimitives.ReadDoubleBigEndian(Take(record, ref at, 8));
                return RealOf(record[start..at], real);
            case 0xCC or 0xCD or 0xCE or 0xCF:
                var unsigned = new BigInteger(Take(record, ref at, 1 << (first - 0xCC)), isUnsigned: true, isBigEndian: true);
                return Number(record[start..at], unsigned);
            case 0xD0 or 0xD1 or 0xD2 or 0xD3:
                var signed = new BigInteger(Take(record, ref at, 1 << (first - 0xD0)), isUnsigned: false, isBigEndian: true);
                return Number(record[start..at], signed);
            default:
                throw new FormatException("a byte that is never used");
        }
    }

    private static PlainValue Number(byte[] raw, BigInteger value) =>
        new()
        {
            // A cast would cut the digits that do not fit instead of rounding.
            Kind = PlainKind.Integer,
            Raw = raw,
            Integer = value,
            Real = double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        };

    private static PlainValue RealOf(byte[] raw, double value) =>
        new() { Kind = PlainKind.Real, Raw = raw, Real = value };

    private static byte[] Take(byte[] record, ref int at, int bytes)
    {
        if (bytes < 0 || bytes > record.Length - at)
        {
            throw new FormatException("the bytes end too soon");
        }

        at += bytes;
        return record[(at - bytes)..at];
    }

    private static int Count(byte[] record, byte first, ref int at, int mask)
    {
        var bytes = first switch
        {
            0xC4 or 0xC7 or 0xD9 => 1,
            0xC5 or 0xC8 or 0xDA or 0xDC or 0xDE => 2,
            0xC6 or 0xC9 or 0xDB or 0xDD or 0xDF => 4,
            _ => 0,
        };
        return bytes == 0
            ? first & mask
            : (int)uint.Min(int.MaxValue, (uint)new BigInteger(Take(record, ref at, bytes), isUnsigned: true, isBigEndian: true));
    }

    private static PlainValue Nested(byte[] record, int start, ref int at, int count, int depth, bool isMap)
    {
        if (depth >= 16)
        {
            throw new InsufficientExecutionStackException("deeper than 16");
        }

        if ((isMap ? 2L : 1L) * count > record.Length - at)
        {
            throw new FormatException("more elements than bytes");
        }

        var names = new List<(PlainValue, PlainValue)>();
        var items = new List<PlainValue>();
        for (var index = 0; index < count; index++)
        {
            var value = OfPackOrThrow(record, ref at, depth + 1);
            if (isMap)
            {
                names.Add((value, OfPackOrThrow(record, ref at, depth + 1)));
            }
            else
            {
                items.Add(value);
            }
        }

        var nested = new PlainValue { Kind = isMap ? PlainKind.Map : PlainKind.Array, Raw = record[start..at] };
        nested.Members.AddRange(names);
        nested.Items.AddRange(items);
        return nested;
    }

    private static PlainValue OfPackOrThrow(byte[] record, ref int at, int depth) =>
        at < record.Length ? OfPack(record, ref at, depth) : throw new FormatException("the bytes end too soon");

    private static PlainValue Extension(byte type, byte[] data, byte[] raw)
    {
        if (type != 0xFF || data.Length is not (4 or 8 or 12))
        {
            return new PlainValue { Kind = PlainKind.Foreign, Raw = raw };
        }

        BigInteger seconds;
        long nanos = 0;
        if (data.Length == 4)
        {
            seconds = BinaryPrimitives.ReadUInt32BigEndian(data);
        }
        else if (data.Length == 8)
        {
            var both = BinaryPrimitives.ReadUInt64BigEndian(data);
            nanos = (long)(both >> 34);
            seconds = both & ((1UL << 34) - 1);
        }
        else
        {
            nanos = BinaryPrimitives.ReadUInt32BigEndian(data);
            seconds = BinaryPrimitives.ReadInt64BigEndian(data.AsSpan(4));
        }

        var isTime = nanos < 1_000_000_000;
        return new PlainValue { Kind = PlainKind.Time, Raw = raw, Integer = isTime ? (seconds * 1_000_000) + (nanos / 1000) : -1 };
    }
}
