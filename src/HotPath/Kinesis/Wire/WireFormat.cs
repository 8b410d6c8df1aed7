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
        using var document = JsonDocument.Parse(body);
        return FromJson(document.RootElement);
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
        var value = FromCbor(reader, DepthMax);
        return reader.BytesRemaining == 0
            ? value
            : throw new CborContentException("There is more after the first value.");
    }

    private static WireValue FromCbor(CborReader reader, int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw new CborContentException("Nested too deeply.");
        }

        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                return new WireValue.Map(MembersOf(reader, depthLeft));
            case CborReaderState.StartArray:
                return new WireValue.List(ItemsOf(reader, depthLeft));
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
                return FromTagged(reader, depthLeft);
            default:
                reader.SkipValue();
                return WireValue.Null.Instance;
        }
    }

    // Java writes a timestamp as tag 1 with milliseconds, where the standard says seconds.
    private static WireValue FromTagged(CborReader reader, int depthLeft)
    {
        var tag = reader.ReadTag();
        var value = FromCbor(reader, depthLeft - 1);
        return tag == CborTag.UnixTimeSeconds
            && value is WireValue.Number { Value: var millis and > Timestamps.SecondsMax }
            ? new WireValue.Number(millis / 1000)
            : value;
    }

    private static Dictionary<string, WireValue> MembersOf(CborReader reader, int depthLeft)
    {
        var members = new Dictionary<string, WireValue>(StringComparer.Ordinal);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var name = reader.ReadTextString();
            members[name] = FromCbor(reader, depthLeft - 1);
        }

        reader.ReadEndMap();
        return members;
    }

    private static List<WireValue> ItemsOf(CborReader reader, int depthLeft)
    {
        var items = new List<WireValue>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            items.Add(FromCbor(reader, depthLeft - 1));
        }

        reader.ReadEndArray();
        return items;
    }
}
