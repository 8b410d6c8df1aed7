using HotPath.Engine;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>What an element of a record means to the reference decoder: a reading, an envelope, or the simple form.</summary>
internal static class ReferenceForms
{
    public static void DecodeElement(PlainValue element, List<DecodedReading> into)
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
