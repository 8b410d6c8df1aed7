using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Plan;

namespace HotPath.Tests.Load;

/// <summary>What the generator writes, read by the product's own decoder.</summary>
public sealed class PieceEncoderTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    [InlineData("msgpack-map")]
    [InlineData("msgpack-envelope")]
    [InlineData("influx")]
    public void Every_encoding_says_the_same_readings(string encoding)
    {
        Assert.True(PayloadFormats.TryParse(encoding, out var format));
        var plan = LoadRig.Small with
        {
            ScanCount = 900, EquipmentCount = 4, TagCount = 70, SensorFaults = format != PayloadFormat.Influx,
        };

        var expected = Read(plan, PayloadFormat.Json);
        var read = Read(plan, format);

        Assert.Equal(expected.Count, read.Count);
        Assert.Equal(expected, read);
    }

    [Fact]
    public void An_envelope_has_one_length_whatever_the_machine_does()
    {
        var plan = LoadRig.Small with { ScanCount = 3_000 };
        var plant = new Plant(plan);
        var encoder = new EnvelopeEncoder(plant, 1_344);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        var buffer = new byte[encoder.PieceBytesMax];
        var lengths = new HashSet<int>();
        var activities = new HashSet<Activity>();
        while (!feed.Ended)
        {
            foreach (ref readonly var scan in feed.Next())
            {
                lengths.Add(encoder.Encode(scan, 0, buffer));
                activities.Add(scan.Condition.Activity);
            }
        }

        Assert.Single(lengths);
        Assert.Equal(Enum.GetValues<Activity>().Length, activities.Count);
    }

    [Fact]
    public void Pieces_of_many_tags_fit_a_datagram_and_leave_none_out()
    {
        var plan = LoadRig.Small with { TagCount = 1_000 };
        var encoder = new EnvelopeEncoder(new Plant(plan), 1_344);

        Assert.InRange(encoder.PieceBytesMax, 1_200, 1_344);
        Assert.Equal(plan.TagCount, Enumerable.Range(0, encoder.PiecesPerScan).Sum(encoder.ReadingsIn));
    }

    /// <summary>
    /// Time, machine, tag, value, quality and source of every reading; the sequence where it is the reading's own.
    /// </summary>
    private static List<string> Read(PlanOptions plan, PayloadFormat format)
    {
        var plant = new Plant(plan);
        var encoder = PayloadFormats.CreateEncoder(format, plant, 1_344);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        var names = new NameTables();
        using var decoder = new RecordDecoder(names, new NameQuota(int.MaxValue, int.MaxValue));
        using var block = new StagingBlock(64, EngineLimits.RecordReadingsMax);
        names.Sources.TryIntern("test"u8, 0, out var source);
        var origin = new RecordOrigin(0, source, 0, TimestampUnit.Milliseconds);
        var buffer = new byte[encoder.PieceBytesMax];
        var readings = new List<string>();
        while (!feed.Ended)
        {
            foreach (ref readonly var scan in feed.Next())
            {
                for (var piece = 0; piece < encoder.PiecesPerScan; piece++)
                {
                    block.Clear();
                    decoder.Decode(buffer.AsSpan(0, encoder.Encode(scan, piece, buffer)), origin, block);
                    Assert.Equal(encoder.ReadingsIn(piece), block.Count);
                    foreach (ref readonly var slot in block.Slots)
                    {
                        readings.Add(Text(slot, names));
                    }
                }
            }
        }

        return readings;
    }

    private static string Text(in Slot slot, NameTables names)
    {
        Assert.Equal(SlotKind.Reading, slot.Kind);
        var value = slot.ValueKind switch
        {
            ValueKind.Number => BitConverter.Int64BitsToDouble(slot.ValueBits).ToString("R", null),
            ValueKind.Symbol => names.Symbols.Text((int)slot.ValueBits),
            _ => slot.ValueBits == 1 ? "true" : "false",
        };
        return $"{slot.EventTimeMicros} {names.Equipment.Text(slot.EquipmentIndex)} {names.Tags.Text(slot.TagIndex)} "
            + $"{slot.ValueKind} {value} {slot.Quality} {names.Sources.Text(slot.SourceIndex)}";
    }
}
