using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>One reading as the JSON object of WIRE.md's first form, and a line feed.</summary>
internal sealed class JsonEncoder : IPieceEncoder
{
    private readonly Plant _plant;

    public JsonEncoder(Plant plant)
    {
        _plant = plant;
    }

    public int PiecesPerScan => _plant.Options.TagCount;

    public int PieceBytesMax => 320;

    public int ReadingsIn(int piece) => 1;

    public int Encode(in Scan scan, int piece, Span<byte> destination)
    {
        var value = _plant.Signals.ValueOf(scan, piece, _plant.Signals.NoiseOf(scan));
        var json = new Utf8Text(destination);
        json.Add("{\"version\":1,\"timestamp\":"u8);
        json.Add(scan.Millis);
        json.Add(",\"equipmentId\":\""u8);
        json.Add(_plant.MachineName(scan.Machine));
        json.Add("\",\"tag\":\""u8);
        json.Add(_plant.Signals.Tags[piece]);
        json.Add("\",\"value\":"u8);
        AddValue(ref json, value);
        json.Add(value.Bad ? ",\"quality\":\"Bad\""u8 : ",\"quality\":\"Ok\""u8);
        json.Add(",\"meta\":{\"sequenceNumber\":"u8);
        json.Add(_plant.Signals.SequenceOf(scan, piece));
        json.Add(",\"sourceId\":\""u8);
        json.Add(_plant.SourceName(scan.Machine));
        json.Add("\"}}\n"u8);
        return json.Position;
    }

    private static void AddValue(ref Utf8Text json, TagValue value)
    {
        switch (value.Kind)
        {
            case TagValueKind.Number:
                json.Add(value.Scaled, value.Decimals);
                break;
            case TagValueKind.Text:
                json.Add("\""u8);
                json.Add(value.Text);
                json.Add("\""u8);
                break;
            default:
                json.Add(value.Flag ? "true"u8 : "false"u8);
                break;
        }
    }
}
