using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>One reading as the MessagePack map with the names of JSON's first form.</summary>
internal sealed class MessagePackMapEncoder : IPieceEncoder
{
    private readonly Plant _plant;

    public MessagePackMapEncoder(Plant plant)
    {
        _plant = plant;
    }

    public int PiecesPerScan => _plant.Options.TagCount;

    public int PieceBytesMax => 224;

    public int ReadingsIn(int piece) => 1;

    public int Encode(in Scan scan, int piece, Span<byte> destination)
    {
        var value = _plant.Signals.ValueOf(scan, piece, _plant.Signals.NoiseOf(scan));
        var writer = new MessagePackWriter(destination);
        writer.MapHeader(7);
        writer.Text("version"u8);
        writer.Small(1);
        writer.Text("timestamp"u8);
        writer.FixedInt64(scan.Millis);
        writer.Text("equipmentId"u8);
        writer.Text(_plant.MachineName(scan.Machine));
        writer.Text("tag"u8);
        writer.Text(_plant.Signals.Tags[piece]);
        writer.Text("value"u8);
        writer.Value(value);
        writer.Text("quality"u8);
        writer.Text(value.Bad ? "Bad"u8 : "Ok"u8);
        writer.Text("meta"u8);
        writer.MapHeader(2);
        writer.Text("sequenceNumber"u8);
        writer.FixedInt64(_plant.Signals.SequenceOf(scan, piece));
        writer.Text("sourceId"u8);
        writer.Text(_plant.SourceName(scan.Machine));
        return writer.Position;
    }
}
