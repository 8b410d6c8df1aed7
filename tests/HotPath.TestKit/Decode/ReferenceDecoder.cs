using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>
/// WIRE.md's JSON and MessagePack as a small slow program over System.Text.Json and trees: the judge of the decoder.
/// Timestamps are milliseconds, the sender is called sender. For one thread.
/// </summary>
internal static class ReferenceDecoder
{
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
                    DecodeElement(element, into);
                }
            }
            else
            {
                DecodeElement(value, into);
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
                        DecodeElement(element, into);
                    }
                }
                else
                {
                    DecodeElement(value, into);
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
                DecodeElement(PlainValue.OfPack(record, ref at, depth: 1), into);
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

    private static void DecodeElement(PlainValue element, List<DecodedReading> into)
    {
        var isPack = element.Raw[0] >= 0x80;
        if (element.Kind != PlainKind.Map && !(isPack && element.Kind == PlainKind.Array))
        {
            into.Add(PlainReading.Rejected(element.Raw, element.HasBadText ? RejectReason.InvalidUtf8 : RejectReason.WrongType));
        }
        else if (element.Raw.Length > EngineLimits.ObjectBytesMax)
        {
            into.Add(PlainReading.Rejected(element.Raw, RejectReason.TooLarge));
        }
        else if (element.Kind == PlainKind.Array)
        {
            DecodeArray(element, into);
        }
        else
        {
            DecodeMap(element, into);
        }
    }

    private static bool Has(PlainValue map, string name) => map.Members.Any(member => member.Name.Text == name);

    private static void DecodeMap(PlainValue map, List<DecodedReading> into)
    {
        if (Has(map, "machine_id") && !Has(map, "equipmentId"))
        {
            DecodeSimpleForm(map, into);
            return;
        }

        var reading = new PlainReading();
        var readings = ReadMembers(map, reading);
        if (readings is null)
        {
            into.Add(reading.Judge(map, map.Raw));
            return;
        }

        if (reading.SequenceNumber > long.MaxValue - EngineLimits.RecordReadingsMax)
        {
            reading.Refuse(RejectReason.NumberRange);
        }

        if (reading.Fault != RejectReason.None)
        {
            into.Add(PlainReading.Rejected(map.Raw, reading.Fault));
            return;
        }

        for (var index = 0; index < readings.Items.Count; index++)
        {
            var item = readings.Items[index];
            var inner = reading.Inherited();
            if (item.Kind == PlainKind.Map)
            {
                ReadMembers(item, inner);
                inner.SequenceNumber ??= reading.SequenceNumber + index;
            }
            else
            {
                inner.Refuse(RejectReason.WrongType);
            }

            if (item.HasBadText && (item.Kind != PlainKind.Map || HasBadTextBesideReadings(item)))
            {
                inner.RefuseBadText();
            }

            into.Add(inner.Judge(item, item.Raw));
        }
    }

    /// <summary>What is no text in a reading of an envelope is that reading's fault.</summary>
    private static bool HasBadTextBesideReadings(PlainValue map) =>
        map.Members.Any(member => member.Name.HasBadText
            || (member.Value.HasBadText && !(member.Name.Text == "readings" && member.Value.Kind == PlainKind.Array)));

    private static PlainValue? ReadMembers(PlainValue map, PlainReading reading)
    {
        PlainValue? readings = null;
        foreach (var (name, value) in map.Members)
        {
            if (name.Text == "readings" && value.Kind == PlainKind.Array)
            {
                reading.See("readings");
                readings = value;
            }
            else if (name.Text == "machine_id")
            {
                reading.See("machine_id");
            }
            else
            {
                reading.Take(name.Text ?? "", value);
            }
        }

        if (HasBadTextBesideReadings(map))
        {
            reading.RefuseBadText();
        }

        return readings;
    }

    private static void DecodeSimpleForm(PlainValue map, List<DecodedReading> into)
    {
        var common = new PlainReading();
        var hasStatus = false;
        var hasBadText = false;
        foreach (var (name, value) in map.Members)
        {
            if (name.Text is "machine_id" or "timestamp")
            {
                common.Take(name.Text == "timestamp" ? "timestamp" : "equipmentId", value);
                hasBadText |= value.HasBadText;
            }
            else if (name.Text == "meta" && value.Kind == PlainKind.Map)
            {
                common.TakeMeta(value);
                hasBadText |= value.HasBadText;
            }
            else if (name.Text == "status" && value.Kind != PlainKind.Null)
            {
                hasStatus = true;
                common.See("status");
                if (value.Kind is PlainKind.Array or PlainKind.Map or PlainKind.Foreign or PlainKind.Time)
                {
                    common.Refuse(RejectReason.WrongType);
                }
            }
        }

        if (hasBadText)
        {
            common.RefuseBadText();
        }

        if (common.Fault != RejectReason.None || common.Equipment is null || common.TimeMicros is null)
        {
            into.Add(PlainReading.Rejected(map.Raw, common.Fault == RejectReason.None ? RejectReason.MissingMember : common.Fault));
            return;
        }

        foreach (var (name, value) in map.Members)
        {
            if (name.Text is not ("machine_id" or "timestamp")
                && value.Kind is PlainKind.Bool or PlainKind.Integer or PlainKind.Real or PlainKind.Text)
            {
                var reading = common.Inherited();
                reading.SequenceNumber = common.SequenceNumber;
                reading.Take("tag", name);
                reading.TakeValue(value);
                if (name.HasBadText || value.HasBadText)
                {
                    reading.RefuseBadText();
                }

                into.Add(reading.Judge(map, Between(map.Raw, name, value)));
            }
        }

        if (!hasStatus)
        {
            var status = common.Inherited();
            status.SequenceNumber = common.SequenceNumber;
            status.Take("tag", PlainValue.OfText("x"u8.ToArray(), "status"u8.ToArray(), isEscaped: false));
            status.TakeValue(PlainValue.OfText("x"u8.ToArray(), "unknown"u8.ToArray(), isEscaped: false));
            into.Add(status.Judge(map, map.Raw));
        }
    }

    /// <summary>The bytes of one member. Found by searching: names of a test record are told apart by it well enough.</summary>
    private static byte[] Between(byte[] raw, PlainValue name, PlainValue value)
    {
        var isPack = raw[0] >= 0x80 && raw[0] != (byte)'{';
        byte[] nameRaw = isPack ? name.Raw : [(byte)'"', .. name.Raw, (byte)'"'];
        for (var at = 0; at + nameRaw.Length <= raw.Length; at++)
        {
            if (!raw.AsSpan(at).StartsWith(nameRaw))
            {
                continue;
            }

            var end = at + nameRaw.Length;
            while (!isPack && end < raw.Length && raw[end] is (byte)' ' or (byte)':' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            {
                end++;
            }

            if (raw.AsSpan(end).StartsWith(value.Raw))
            {
                return raw[at..(end + value.Raw.Length)];
            }
        }

        throw new InvalidOperationException("a member stands in its map");
    }

    private static void DecodeArray(PlainValue array, List<DecodedReading> into)
    {
        var items = array.Items;
        var reading = new PlainReading();
        for (var index = 0; index < int.Min(3, items.Count); index++)
        {
            reading.Take(index switch { 0 => "version", 1 => "timestamp", _ => "equipmentId" }, items[index]);
        }

        if (items.Count > 3 && items[3].Kind == PlainKind.Array)
        {
            DecodeEnvelopeArray(array, reading, into);
            return;
        }

        for (var index = 3; index < items.Count; index++)
        {
            switch (index)
            {
                case 3:
                    reading.Take("tag", items[index]);
                    break;
                case 4:
                    reading.Take("value", items[index]);
                    break;
                case 5:
                    reading.TakeQualityClass(items[index]);
                    break;
                case 6 or 7 or 8 or 9:
                    reading.TakeMetaMember(
                        index switch { 6 => "sequenceNumber", 7 => "flags", 8 => "createdAt", _ => "sourceId" }, items[index]);
                    break;
                default:
                    break;
            }
        }

        if (items.Count < 5)
        {
            reading.Refuse(RejectReason.MissingMember);
        }

        if (array.HasBadText)
        {
            reading.RefuseBadText();
        }

        into.Add(reading.Judge(array, array.Raw));
    }

    private static void DecodeEnvelopeArray(PlainValue array, PlainReading envelope, List<DecodedReading> into)
    {
        var items = array.Items;
        if (items.Count > 4)
        {
            envelope.TakeMetaMember("sequenceNumber", items[4]);
        }

        if (items.Count > 5)
        {
            envelope.TakeMetaMember("sourceId", items[5]);
        }

        if (items.Where((_, index) => index != 3).Any(item => item.HasBadText))
        {
            envelope.RefuseBadText();
        }

        if (envelope.SequenceNumber > long.MaxValue - EngineLimits.RecordReadingsMax)
        {
            envelope.Refuse(RejectReason.NumberRange);
        }

        if (envelope.Fault != RejectReason.None)
        {
            into.Add(PlainReading.Rejected(array.Raw, envelope.Fault));
            return;
        }

        for (var index = 0; index < items[3].Items.Count; index++)
        {
            var item = items[3].Items[index];
            var reading = envelope.Inherited();
            reading.SequenceNumber = envelope.SequenceNumber + index;
            if (item.Kind != PlainKind.Array)
            {
                reading.Refuse(RejectReason.WrongType);
            }

            for (var place = 0; place < item.Items.Count; place++)
            {
                switch (place)
                {
                    case 0:
                        reading.Take("tag", item.Items[0]);
                        break;
                    case 1:
                        reading.Take("value", item.Items[1]);
                        break;
                    case 2:
                        reading.TakeDelta(item.Items[2]);
                        break;
                    case 3:
                        reading.TakeQualityClass(item.Items[3]);
                        break;
                    default:
                        break;
                }
            }

            if (item.HasBadText)
            {
                reading.RefuseBadText();
            }

            into.Add(reading.Judge(item, item.Raw));
        }
    }
}
