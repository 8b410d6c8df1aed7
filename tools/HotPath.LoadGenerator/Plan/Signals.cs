using System.Globalization;
using System.Text;

namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// The readings of a scan as a function of its condition, its number and the seed. Numbers are integers with a fixed
/// count of decimals, so that every encoding says the same number.
/// </summary>
internal sealed class Signals
{
    public const int MachineState = 0;
    public const int FaultCode = 1;
    public const int Product = 2;
    public const int Temperature = 3;
    public const int Pressure = 4;
    public const int Speed = 5;
    public const int Counter = 6;
    public const int Ok = 7;
    public const int StandardTagCount = 8;
    public const int TagCountMax = 1_000;

    private static readonly string[] StandardTags =
        ["machine_state", "fault_code", "product", "temperature", "pressure", "speed", "counter", "ok"];

    private readonly ulong _seed;

    public Signals(PlanOptions options)
    {
        _seed = options.Seed;
        Tags = new byte[options.TagCount][];
        for (var tag = 0; tag < Tags.Length; tag++)
        {
            Tags[tag] = Encoding.UTF8.GetBytes(tag < StandardTagCount
                ? StandardTags[tag]
                : string.Create(CultureInfo.InvariantCulture, $"drive_{tag - StandardTagCount + 1:000}_current"));
        }
    }

    /// <summary>Names by tag, UTF-8.</summary>
    public byte[][] Tags { get; }

    /// <summary>Sixty-four bits that differ for every scan of every machine.</summary>
    public ulong NoiseOf(in Scan scan) => SplitMix.Mix(_seed ^ ((ulong)scan.Machine << 40), (ulong)scan.Number);

    public long SequenceOf(in Scan scan, int tag) => (scan.Number * Tags.Length) + tag;

    public static int TemperatureTenths(in Scan scan, ulong noise) => scan.Condition.Thermal switch
    {
        Thermal.Hot => 805 + (int)(noise & 63),
        Thermal.Warm => 752 + (int)(noise & 31),
        _ => 600 + (int)(noise & 63),
    };

    public static int PressureHundredths(in Scan scan, ulong noise) =>
        (scan.Condition.Thermal == Thermal.Hot ? 325 : 240) + (int)((noise >> 8) & 31);

    public static int SpeedPerMinute(in Scan scan, ulong noise) =>
        scan.Condition.Producing ? 280 + (int)((noise >> 16) & 31) : 0;

    /// <summary>A drive's current in tenths of an ampere: a slow triangle of its own period, and some noise.</summary>
    public static int DriveTenths(in Scan scan, int tag, ulong noise)
    {
        var period = 240 + (tag * 7);
        var place = (int)((scan.Number + (scan.Machine * 31L)) % period);
        var triangle = Math.Abs(place - (period / 2));
        return 150 + triangle + (int)((noise >> (tag & 31)) & 15);
    }

    public TagValue ValueOf(in Scan scan, int tag, ulong noise) => tag switch
    {
        MachineState => TagValue.OfText(Words.Activities[(int)scan.Condition.Activity]),
        FaultCode => TagValue.OfText(Words.Faults[scan.Condition.Fault]),
        Product => TagValue.OfText(Words.Products[scan.Condition.Product]),
        Temperature => TagValue.OfNumber(TemperatureTenths(scan, noise), 1, scan.Condition.SensorFault),
        Pressure => TagValue.OfNumber(PressureHundredths(scan, noise), 2),
        Speed => TagValue.OfNumber(SpeedPerMinute(scan, noise), 0),
        Counter => TagValue.OfNumber(scan.Counter, 0),
        Ok => TagValue.OfFlag(!scan.Condition.Rejecting),
        _ => TagValue.OfNumber(DriveTenths(scan, tag, noise), 1),
    };
}

internal enum TagValueKind
{
    Number,
    Text,
    Flag,
}

/// <summary>One value as all encodings need it.</summary>
internal readonly struct TagValue
{
    public TagValueKind Kind { get; private init; }

    public byte[] Text { get; private init; }

    /// <summary>The number times ten to the power of <see cref="Decimals"/>.</summary>
    public long Scaled { get; private init; }

    public int Decimals { get; private init; }

    public bool Flag { get; private init; }

    public bool Bad { get; private init; }

    /// <summary>Exact: both operands are whole, so the quotient is the double nearest to the decimal.</summary>
    public double Number => Decimals switch { 0 => Scaled, 1 => Scaled / 10.0, _ => Scaled / 100.0 };

    public static TagValue OfText(byte[] text) => new() { Kind = TagValueKind.Text, Text = text };

    public static TagValue OfNumber(long scaled, int decimals, bool bad = false) =>
        new() { Kind = TagValueKind.Number, Scaled = scaled, Decimals = decimals, Bad = bad };

    public static TagValue OfFlag(bool flag) => new() { Kind = TagValueKind.Flag, Flag = flag };
}
