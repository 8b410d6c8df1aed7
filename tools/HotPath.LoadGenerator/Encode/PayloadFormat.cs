using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>The encodings of WIRE.md, as the command line names them.</summary>
internal enum PayloadFormat
{
    Json,
    MessagePack,
    MessagePackEnvelope,
    Influx,

    /// <summary>HPU1 datagram frames around MessagePack envelopes.</summary>
    Frame,
    MessagePackMap,
}

internal static class PayloadFormats
{
    public static readonly string[] Names = ["json", "msgpack", "msgpack-envelope", "influx", "frame", "msgpack-map"];

    public static bool TryParse(string text, out PayloadFormat format)
    {
        format = (PayloadFormat)Array.IndexOf(Names, text);
        return format >= 0;
    }

    /// <summary>An encoder of its own for one feed. No piece that can be split is longer than asked.</summary>
    public static IPieceEncoder CreateEncoder(PayloadFormat format, Plant plant, int pieceBytesMax) => format switch
    {
        PayloadFormat.Json => new JsonEncoder(plant),
        PayloadFormat.MessagePack => new MessagePackEncoder(plant),
        PayloadFormat.MessagePackMap => new MessagePackMapEncoder(plant),
        PayloadFormat.Influx => new InfluxEncoder(plant, pieceBytesMax),
        _ => new EnvelopeEncoder(plant, pieceBytesMax),
    };
}
