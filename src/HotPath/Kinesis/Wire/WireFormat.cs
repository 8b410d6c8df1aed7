using System.Formats.Cbor;
using System.Text.Json;

namespace HotPath.Kinesis.Wire;

/// <summary>The two encodings of bodies.</summary>
internal enum WireFormat
{
    Json,
    Cbor,
}

/// <summary>Names of the encodings, and bodies read as trees.</summary>
internal static class WireFormats
{
    public const string JsonType = "application/x-amz-json-1.1";
    public const string CborType = "application/x-amz-cbor-1.1";

    private const int DepthMax = 64;

    /// <summary>
    /// Values in a body that is read as a tree: each takes some 100 bytes, whatever it takes in the body. The largest call
    /// in good order has four for each of its records.
    /// </summary>
    private const int ValuesMax = 128 * 1024;

    public static string ContentType(WireFormat format) => format == WireFormat.Cbor ? CborType : JsonType;

    /// <summary>Reads a body. False when it is not of its encoding, or no object or list.</summary>
    public static bool TryRead(WireFormat format, ReadOnlyMemory<byte> body, out WireValue value)
    {
        try
        {
            value = format == WireFormat.Cbor ? ReadCbor(body) : ReadJson(body);
            return value is WireValue.Map or WireValue.List;
        }
        catch (Exception fault) when (
            fault is JsonException or CborContentException or InvalidOperationException or OverflowException)
        {
            value = WireValue.Null.Instance;
            return false;
        }
    }

    private static WireValue ReadJson(ReadOnlyMemory<byte> body)
    {
        CountValues(body.Span);
        using var document = JsonDocument.Parse(body);
        return FromJson(document.RootElement);
    }

    private static void CountValues(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        for (var count = 0; reader.Read(); count++)
        {
            if (count == ValuesMax)
            {
                throw new JsonException("More values than any call has.");
            }
        }
    }

    private static WireValue FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new WireValue.Map(MembersOf(element)),
        JsonValueKind.Array => new WireValue.List([.. element.EnumerateArray().Select(FromJson)]),
        JsonValueKind.String => new WireValue.Text(element.GetString()!),
        JsonValueKind.Number => new WireValue.Number(element.GetDouble()),
        JsonValueKind.True => new WireValue.Bool(true),
        JsonValueKind.False => new WireValue.Bool(false),
        _ => WireValue.Null.Instance,
    };

    private static Dictionary<string, WireValue> MembersOf(JsonElement element)
    {
        var members = new Dictionary<string, WireValue>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            members[member.Name] = FromJson(member.Value);
        }

        return members;
    }

    private static WireValue ReadCbor(ReadOnlyMemory<byte> body)
    {
        var reader = new CborReader(body, CborConformanceMode.Lax);
        var valuesLeft = ValuesMax;
        var value = FromCbor(reader, DepthMax, ref valuesLeft);
        return reader.BytesRemaining == 0
            ? value
            : throw new CborContentException("There is more after the first value.");
    }

    private static WireValue FromCbor(CborReader reader, int depthLeft, ref int valuesLeft)
    {
        if (depthLeft == 0 || --valuesLeft < 0)
        {
            throw new CborContentException("Nested too deeply, or more values than any call has.");
        }

        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                return new WireValue.Map(MembersOf(reader, depthLeft, ref valuesLeft));
            case CborReaderState.StartArray:
                return new WireValue.List(ItemsOf(reader, depthLeft, ref valuesLeft));
            case CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString:
                return new WireValue.Text(reader.ReadTextString());
            case CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString:
                return new WireValue.Blob(reader.ReadByteString());
            case CborReaderState.UnsignedInteger:
                return new WireValue.Number(reader.ReadUInt64());
            case CborReaderState.NegativeInteger:
                return new WireValue.Number(-1.0 - reader.ReadCborNegativeIntegerRepresentation());
            case CborReaderState.HalfPrecisionFloat
                or CborReaderState.SinglePrecisionFloat
                or CborReaderState.DoublePrecisionFloat:
                return new WireValue.Number(reader.ReadDouble());
            case CborReaderState.Boolean:
                return new WireValue.Bool(reader.ReadBoolean());
            case CborReaderState.Tag:
                return FromTagged(reader, depthLeft, ref valuesLeft);
            default:
                reader.SkipValue();
                return WireValue.Null.Instance;
        }
    }

    // Java writes a timestamp as tag 1 with milliseconds, where the standard says seconds.
    private static WireValue FromTagged(CborReader reader, int depthLeft, ref int valuesLeft)
    {
        var tag = reader.ReadTag();
        var value = FromCbor(reader, depthLeft - 1, ref valuesLeft);
        return tag == CborTag.UnixTimeSeconds
            && value is WireValue.Number { Value: var millis and > Timestamps.SecondsMax }
            ? new WireValue.Number(millis / 1000)
            : value;
    }

    private static Dictionary<string, WireValue> MembersOf(CborReader reader, int depthLeft, ref int valuesLeft)
    {
        var members = new Dictionary<string, WireValue>(StringComparer.Ordinal);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var name = reader.ReadTextString();
            members[name] = FromCbor(reader, depthLeft - 1, ref valuesLeft);
        }

        reader.ReadEndMap();
        return members;
    }

    private static List<WireValue> ItemsOf(CborReader reader, int depthLeft, ref int valuesLeft)
    {
        var items = new List<WireValue>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            items.Add(FromCbor(reader, depthLeft - 1, ref valuesLeft));
        }

        reader.ReadEndArray();
        return items;
    }
}
