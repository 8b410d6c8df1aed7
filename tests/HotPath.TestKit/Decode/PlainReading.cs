using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>What the members of a reading mean, by WIRE.md and RULES.md: slow and obvious.</summary>
internal sealed partial class PlainReading
{
    private static readonly BigInteger MicrosMax = 253_402_300_799_999_999;

    private readonly HashSet<string> _seen = [];

    public RejectReason Fault { get; private set; }

    public string? Equipment { get; private set; }

    public string? Tag { get; private set; }

    public string? Source { get; private set; }

    public BigInteger? TimeMicros { get; private set; }

    public BigInteger? CreatedAtMicros { get; private set; }

    public long? SequenceNumber { get; set; }

    public int? Model { get; private set; }

    public Quality Quality { get; private set; } = Quality.Good;

    public (ValueKind Kind, string Value)? Value { get; private set; }

    public SortedSet<string> Flags { get; private set; } = new(StringComparer.Ordinal);

    public PlainReading Inherited()
    {
        var inner = new PlainReading
        {
            Equipment = Equipment,
            Tag = Tag,
            Source = Source,
            TimeMicros = TimeMicros,
            CreatedAtMicros = CreatedAtMicros,
            Model = Model,
            Quality = Quality,
            Value = Value,
        };
        inner.Flags.UnionWith(Flags);
        return inner;
    }

    public void Refuse(RejectReason reason) => Fault = Fault == RejectReason.None ? reason : Fault;

    public void RefuseBadText() => Fault = RejectReason.InvalidUtf8;

    public void See(string member)
    {
        if (!_seen.Add(member))
        {
            Refuse(RejectReason.DuplicateMember);
        }
    }

    public void Take(string member, PlainValue value)
    {
        switch (member)
        {
            case "version" or "model":
                Model = Integer(value, int.MinValue + 1L, int.MaxValue) is { } model ? (int)model : Model;
                break;
            case "timestamp":
                See(member);
                TimeMicros = Time(value) ?? TimeMicros;
                break;
            case "equipmentId":
                See(member);
                Equipment = Name(value, isRequired: true) ?? Equipment;
                break;
            case "tag":
                See(member);
                Tag = Name(value, isRequired: true) ?? Tag;
                break;
            case "value":
                See(member);
                TakeValue(value);
                break;
            case "quality":
                TakeQuality(value);
                break;
            case "meta":
                TakeMeta(value);
                break;
            default:
                break;
        }
    }

    public void TakeMeta(PlainValue meta)
    {
        if (meta.Kind != PlainKind.Map)
        {
            RefuseUnlessNull(meta);
            return;
        }

        foreach (var (name, value) in meta.Members)
        {
            TakeMetaMember(name.Text ?? "", value);
        }
    }

    public void TakeMetaMember(string member, PlainValue value)
    {
        switch (member)
        {
            case "sequenceNumber":
                SequenceNumber = Integer(value, long.MinValue + 1, long.MaxValue) ?? SequenceNumber;
                break;
            case "createdAt":
                CreatedAtMicros = Time(value) ?? CreatedAtMicros;
                break;
            case "sourceId":
                Source = Name(value, isRequired: false) ?? Source;
                break;
            case "flags":
                TakeFlags(value);
                break;
            default:
                break;
        }
    }

    public void TakeQualityClass(PlainValue value)
    {
        if (value.Kind == PlainKind.Integer && value.Integer >= 0 && value.Integer <= 2)
        {
            Quality = value.Integer == 0 ? Quality.Good : value.Integer == 1 ? Quality.Uncertain : Quality.Bad;
            return;
        }

        TakeQuality(value);
    }

    public void TakeDelta(PlainValue value)
    {
        if (value.Kind == PlainKind.Integer)
        {
            var micros = (TimeMicros ?? 0) + (value.Integer * 1000);
            if (micros < 0 || micros > MicrosMax || BigInteger.Abs(value.Integer) * 1000 > MicrosMax)
            {
                Refuse(RejectReason.TimeRange);
            }
            else if (TimeMicros is not null)
            {
                TimeMicros = micros;
            }

            return;
        }

        RefuseUnlessNull(value);
    }

    public void TakeValue(PlainValue value)
    {
        switch (value.Kind)
        {
            case PlainKind.Null:
                Value = (ValueKind.None, "");
                break;
            case PlainKind.Bool:
                Value = (ValueKind.Bool, value.Bool ? "true" : "false");
                break;
            case PlainKind.Integer or PlainKind.Real:
                Value = (ValueKind.Number, DecodedReading.ValueOf(value.Real));
                if (!double.IsFinite(value.Real))
                {
                    Refuse(RejectReason.NumberRange);
                }

                break;
            case PlainKind.Text:
                Value = (ValueKind.Symbol, Trimmed(value));
                break;
            default:
                Value = (ValueKind.None, "");
                Refuse(RejectReason.WrongType);
                break;
        }
    }

    public void TakeFlags(PlainValue value)
    {
        if (value.Kind != PlainKind.Array)
        {
            RefuseUnlessNull(value);
            return;
        }

        Flags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var flag in value.Items)
        {
            if (flag.Kind != PlainKind.Text)
            {
                Refuse(RejectReason.WrongType);
            }
            else if (Encoding.UTF8.GetByteCount(flag.Text ?? "") > 256)
            {
                Refuse(RejectReason.TooLong);
            }
            else if (!string.IsNullOrWhiteSpace(flag.Text))
            {
                Flags.Add(flag.Text.Trim());
            }
        }
    }

    public DecodedReading Judge(PlainValue whole, byte[] raw)
    {
        var fault = Fault;
        if (fault == RejectReason.None && (Equipment is null || Tag is null || TimeMicros is null || Value is null))
        {
            fault = RejectReason.MissingMember;
        }

        if (fault != RejectReason.None)
        {
            return Rejected(raw, fault);
        }

        var (kind, value) = Value!.Value;
        return new DecodedReading
        {
            Kind = SlotKind.Reading,
            Equipment = Equipment!,
            Tag = Tag!,
            Source = string.IsNullOrEmpty(Source) ? "sender" : Source,
            ValueKind = kind,
            Value = value,
            Quality = kind == ValueKind.None ? Quality.Bad : Quality,
            TimeMicros = (long)TimeMicros!.Value,
            ReceivedAtMicros = DecodeBench.ReceivedAtMicros,
            SequenceNumber = SequenceNumber,
            CreatedAtMicros = (long?)CreatedAtMicros,
            Model = Model,
            Flags = string.Join(DecodedReading.FlagSeparator, Flags),
        };
    }

    public static DecodedReading Rejected(byte[] raw, RejectReason reason) => new()
    {
        Kind = SlotKind.Rejected,
        Reason = reason,
        Raw = Encoding.Latin1.GetString(raw),
        Source = "sender",
    };

    private void TakeQuality(PlainValue value)
    {
        var word = value.Text?.Trim() ?? "";
        Quality = value.Kind switch
        {
            PlainKind.Null => Quality,
            PlainKind.Integer => (int)((value.Integer >> 30) & 3) switch { 0 => Quality.Good, 1 => Quality.Uncertain, _ => Quality.Bad },
            PlainKind.Text when GoodWord().IsMatch(word) => Quality.Good,
            PlainKind.Text when word.StartsWith("uncertain", StringComparison.OrdinalIgnoreCase) => Quality.Uncertain,
            _ => Quality.Bad,
        };
    }

    private void RefuseUnlessNull(PlainValue value)
    {
        if (value.Kind != PlainKind.Null)
        {
            Refuse(RejectReason.WrongType);
        }
    }

    private string Trimmed(PlainValue value)
    {
        var text = (value.Text ?? "?").Trim();
        if (Encoding.UTF8.GetByteCount(text) > 256)
        {
            Refuse(RejectReason.TooLong);
        }

        return text;
    }

    private string? Name(PlainValue value, bool isRequired)
    {
        if (value.Kind != PlainKind.Text)
        {
            RefuseUnlessNull(value);
            return null;
        }

        var text = Trimmed(value);
        if (isRequired && text.Length == 0)
        {
            Refuse(RejectReason.MissingMember);
        }

        return text;
    }

    private long? Integer(PlainValue value, long min, long max)
    {
        if (value.Kind == PlainKind.Integer && double.IsFinite(value.Real))
        {
            if (value.Integer >= min && value.Integer <= max)
            {
                return (long)value.Integer;
            }

            Refuse(RejectReason.NumberRange);
            return null;
        }

        RefuseUnlessNull(value);
        return null;
    }

    private BigInteger? Time(PlainValue value)
    {
        BigInteger? micros = value.Kind switch
        {
            PlainKind.Integer when double.IsFinite(value.Real) => value.Integer * 1000,
            PlainKind.Time => value.Integer,
            PlainKind.Text => Iso(value.Text?.Trim() ?? ""),
            _ => null,
        };
        if (micros is null)
        {
            if (value.Kind == PlainKind.Text)
            {
                Refuse(RejectReason.TimeRange);
            }
            else
            {
                RefuseUnlessNull(value);
            }

            return null;
        }

        if (micros < 0 || micros > MicrosMax)
        {
            Refuse(RejectReason.TimeRange);
            return null;
        }

        return micros;
    }

    private static BigInteger? Iso(string text)
    {
        var match = IsoTime().Match(text);
        if (!match.Success
            || !DateTime.TryParseExact(
                $"{match.Groups["day"].Value} {match.Groups["time"].Value}:{(match.Groups["s"].Success ? match.Groups["s"].Value : "00")}",
                "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return null;
        }

        var fraction = match.Groups["f"].Value.PadRight(6, '0')[..6];
        var offset = match.Groups["z"].Value.Replace(":", "", StringComparison.Ordinal);
        var minutes = offset is "Z" or "z"
            ? 0
            : (int.Parse(offset.AsSpan(1, 2), CultureInfo.InvariantCulture) * 60)
                + (offset.Length > 3 ? int.Parse(offset.AsSpan(3), CultureInfo.InvariantCulture) : 0);
        var seconds = ((local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond) - ((offset[0] == '-' ? -1 : 1) * 60 * minutes);
        return ((BigInteger)seconds * 1_000_000) + int.Parse(fraction, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(ok|good)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex GoodWord();

    [GeneratedRegex(@"^(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?<time>[0-9]{2}:[0-9]{2})(:(?<s>[0-9]{2})([.,](?<f>[0-9]+))?)?(?<z>[Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex IsoTime();
}
