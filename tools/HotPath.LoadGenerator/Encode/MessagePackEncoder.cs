using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>
/// One reading as a MessagePack array:
/// <c>[1, timestamp, equipmentId, tag, value, quality, sequence, nil, nil, sourceId]</c>.
/// </summary>
internal sealed class MessagePackEncoder : IPieceEncoder
{
    private readonly Plant _plant;

    public MessagePackEncoder(Plant plant)
    {
        _plant = plant;
    }

    public int PiecesPerScan => _plant.Options.TagCount;

    public int PieceBytesMax => 128;

    public int ReadingsIn(int piece) => 1;

    public int Encode(in Scan scan, int piece, Span<byte> destination)
    {
        var value = _plant.Signals.ValueOf(scan, piece, _plant.Signals.NoiseOf(scan));
        var writer = new MessagePackWriter(destination);
        writer.ArrayHeader(10);
        writer.Small(1);
        writer.FixedInt64(scan.Millis);
        writer.Text(_plant.MachineName(scan.Machine));
        writer.Text(_plant.Signals.Tags[piece]);
        writer.Value(value);
        if (value.Bad)
        {
            writer.Small(2);
        }
        else
        {
            writer.Nil();
        }

        writer.FixedInt64(_plant.Signals.SequenceOf(scan, piece));
        writer.Nil();
        writer.Nil();
        writer.Text(_plant.SourceName(scan.Machine));
        return writer.Position;
    }
}
