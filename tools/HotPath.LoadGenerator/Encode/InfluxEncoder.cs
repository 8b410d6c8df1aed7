using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>
/// Lines of InfluxDB's protocol, as many tags in one as fit. It has no word for bad quality, so the plan has none.
/// </summary>
internal sealed class InfluxEncoder : IPieceEncoder
{
    private const int FrameBytes = 160; // all that is not a field, generously
    private const int FieldBytes = 40;

    private readonly Plant _plant;
    private readonly int _tagsPerLine;

    public InfluxEncoder(Plant plant, int pieceBytesMax)
    {
        _plant = plant;
        _tagsPerLine = Math.Clamp((pieceBytesMax - FrameBytes) / FieldBytes, 1, plant.Options.TagCount);
        PiecesPerScan = (plant.Options.TagCount + _tagsPerLine - 1) / _tagsPerLine;
        PieceBytesMax = FrameBytes + (_tagsPerLine * FieldBytes);
    }

    public int PiecesPerScan { get; }

    public int PieceBytesMax { get; }

    public int ReadingsIn(int piece) =>
        Math.Min(_tagsPerLine, _plant.Options.TagCount - (piece * _tagsPerLine));

    public int Encode(in Scan scan, int piece, Span<byte> destination)
    {
        var noise = _plant.Signals.NoiseOf(scan);
        var tagFirst = piece * _tagsPerLine;
        var line = new Utf8Text(destination);
        line.Add("filling,equipment="u8);
        line.Add(_plant.MachineName(scan.Machine));
        line.Add(",source="u8);
        line.Add(_plant.SourceName(scan.Machine));
        line.Add(" "u8);
        for (var tag = tagFirst; tag < tagFirst + ReadingsIn(piece); tag++)
        {
            line.Add(_plant.Signals.Tags[tag]);
            AddValue(ref line, _plant.Signals.ValueOf(scan, tag, noise));
        }

        line.Add("__seq="u8);
        line.Add(_plant.Signals.SequenceOf(scan, tagFirst));
        line.Add("i "u8);
        line.Add(scan.Millis);
        line.Add("000000\n"u8);
        return line.Position;
    }

    private static void AddValue(ref Utf8Text line, TagValue value)
    {
        switch (value.Kind)
        {
            case TagValueKind.Number:
                line.Add("="u8);
                line.Add(value.Scaled, value.Decimals);
                line.Add(","u8);
                break;
            case TagValueKind.Text:
                line.Add("=\""u8);
                line.Add(value.Text);
                line.Add("\","u8);
                break;
            default:
                line.Add(value.Flag ? "=true,"u8 : "=false,"u8);
                break;
        }
    }
}
