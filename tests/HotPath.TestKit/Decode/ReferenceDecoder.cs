using System.Text;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>
/// WIRE.md's JSON and MessagePack as a small slow program over System.Text.Json and trees: the judge of the decoder.
/// Timestamps are milliseconds, the sender is called sender. For one thread.
/// </summary>
internal static class ReferenceDecoder
{
    /// <summary>Whether a record that begins like this is JSON or MessagePack.</summary>
    public static bool Reads(byte first) =>
        first is (byte)'{' or (byte)'[' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (>= 0x80 and <= 0x9F)
            or (>= 0xDC and <= 0xDF);

    /// <summary>An installation keeps 16 names of flags; damage makes more of them.</summary>
    public static DecodedReading WithKeptFlags(DecodedReading reading, NameDirectory flags) =>
        flags.Count < EngineLimits.FlagCountMax || reading.Flags.Length == 0
            ? reading
            : reading with
            {
                Flags = string.Join(
                    DecodedReading.FlagSeparator,
                    reading.Flags.Split(DecodedReading.FlagSeparator).Where(flag => flags.TryFind(Encoding.UTF8.GetBytes(flag), out _))),
            };

    public static List<DecodedReading> Decode(byte[] record)
    {
        var into = new List<DecodedReading>();
        if (record.Length > 0 && record[0] >= 0x80)
        {
            DecodePack(record, into);
        }
        else
        {
            DecodeJson(record, into);
        }

        if (into.Count == 0)
        {
            into.Add(new DecodedReading { Kind = SlotKind.Empty, Source = "sender" });
        }

        return into;
    }

    private static void DecodeJson(byte[] record, List<DecodedReading> into)
    {
        for (var at = SkipWhite(record, 0); at < record.Length; at = SkipWhite(record, at))
        {
            var reason = TryParse(record, at, out var value, out var end);
            if (reason == RejectReason.None && (value!.Kind is not (PlainKind.Map or PlainKind.Array) || !EndsLine(record, end)))
            {
                reason = RejectReason.Malformed;
            }

            if (reason != RejectReason.None)
            {
                end = at;
                do
                {
                    var newline = Array.IndexOf(record, (byte)'\n', end);
                    end = newline < 0 ? record.Length : newline + 1;
                }
                while (end < record.Length && record[end] is not ((byte)'{' or (byte)'['));

                var last = end;
                while (last > at + 1 && record[last - 1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
                {
                    last--;
                }

                into.Add(PlainReading.Rejected(record[at..last], reason));
            }
            else if (value!.Kind == PlainKind.Array)
            {
                foreach (var element in value.Items)
                {
                    ReferenceForms.DecodeElement(element, into);
                }
            }
            else
            {
                ReferenceForms.DecodeElement(value, into);
            }

            at = end;
        }
    }

    private static int SkipWhite(byte[] record, int at)
    {
        while (at < record.Length && record[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static bool EndsLine(byte[] record, int at)
    {
        while (at < record.Length && record[at] is (byte)' ' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at == record.Length || record[at] == '\n';
    }

    private static RejectReason TryParse(byte[] record, int at, out PlainValue? value, out int end)
    {
        value = null;
        end = at;
        if (record[at] is not ((byte)'{' or (byte)'['))
        {
            return RejectReason.Malformed;
        }

        try
        {
            var reader = new Utf8JsonReader(record.AsSpan(at), new JsonReaderOptions { MaxDepth = EngineLimits.RecordDepthMax });
            using var document = JsonDocument.ParseValue(ref reader);
            end = at + (int)reader.BytesConsumed;
            value = PlainValue.Of(document.RootElement);
            return RejectReason.None;
        }
        catch (JsonException fault)
        {
            return fault.Message.Contains("maximum configured depth", StringComparison.Ordinal) ? RejectReason.TooLarge : RejectReason.Malformed;
        }
    }

    private static void DecodePack(byte[] record, List<DecodedReading> into)
    {
        for (var at = 0; at < record.Length;)
        {
            var start = at;
            try
            {
                var value = PlainValue.OfPack(record, ref at, depth: 0);
                if (value.Kind == PlainKind.Array && (value.Items.Count == 0 || value.Items[0].Kind is PlainKind.Array or PlainKind.Map))
                {
                    foreach (var element in value.Items)
                    {
                        ReferenceForms.DecodeElement(element, into);
                    }
                }
                else
                {
                    ReferenceForms.DecodeElement(value, into);
                }
            }
            catch (Exception fault) when (fault is FormatException or InsufficientExecutionStackException or OverflowException)
            {
                DecodeBrokenPack(record, start, fault, into);
                return;
            }
        }
    }

    /// <summary>Of a batch, what stood before the element that broke is taken, and the rest is one refusal.</summary>
    private static void DecodeBrokenPack(byte[] record, int start, Exception fault, List<DecodedReading> into)
    {
        var first = record[start];
        var headBytes = first is 0xDC ? 3 : first is 0xDD ? 5 : (first & 0xF0) == 0x90 ? 1 : 0;
        var count = headBytes == 0 || start + headBytes > record.Length ? 0
            : headBytes == 1 ? first & 0x0F
            : headBytes == 3 ? (record[start + 1] << 8) | record[start + 2]
            : (long)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(record.AsSpan(start + 1));
        var at = start + headBytes;
        var isBatch = headBytes > 0 && count > 0 && at < record.Length && count <= record.Length - at
            && ((record[at] & 0xF0) is 0x90 or 0x80 || record[at] is 0xDC or 0xDD or 0xDE or 0xDF);
        if (!isBatch)
        {
            into.Add(PlainReading.Rejected(record[start..], ReasonOf(fault)));
            return;
        }

        for (; count > 0; count--)
        {
            var elementAt = at;
            if (at == record.Length)
            {
                into.Add(PlainReading.Rejected(record[start..], RejectReason.Malformed));
                return;
            }

            try
            {
                ReferenceForms.DecodeElement(PlainValue.OfPack(record, ref at, depth: 1), into);
            }
            catch (Exception inner) when (inner is FormatException or InsufficientExecutionStackException or OverflowException)
            {
                into.Add(PlainReading.Rejected(record[elementAt..], ReasonOf(inner)));
                return;
            }
        }
    }

    private static RejectReason ReasonOf(Exception fault) =>
        fault is InsufficientExecutionStackException ? RejectReason.TooLarge : RejectReason.Malformed;
}
