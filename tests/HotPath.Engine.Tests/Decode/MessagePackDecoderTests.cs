using HotPath.Engine.Ring;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed class MessagePackDecoderTests
{
    private const long AtMs = 1_700_000_000_123;

    [Fact]
    public void Array_form_fills_every_field()
    {
        using var bench = new DecodeBench();
        var record = new PackBuilder().Array(10).Integer(1).Integer(AtMs).Text("m1").Text("t").Real(13.45).Integer(1)
            .Integer(123).Array(2).Text("Lst").Text("Fst").Integer(5).Text("gateway").Bytes;

        var reading = Assert.Single(bench.Decode(record));

        Assert.Equal(
            new DecodedReading
            {
                Kind = SlotKind.Reading,
                Equipment = "m1",
                Tag = "t",
                Source = "gateway",
                ValueKind = ValueKind.Number,
                Value = DecodedReading.ValueOf(13.45),
                Quality = Quality.Uncertain,
                TimeMicros = AtMs * 1000,
                ReceivedAtMicros = DecodeBench.ReceivedAtMicros,
                SequenceNumber = 123,
                CreatedAtMicros = 5_000,
                Model = 1,
                Flags = string.Join(DecodedReading.FlagSeparator, "Fst", "Lst"),
            },
            reading);
    }

    [Fact]
    public void Map_form_has_the_names_of_the_JSON_object()
    {
        using var bench = new DecodeBench();
        var record = new PackBuilder().Map(6).Text("tag").Text("t").Text("value").Bool(true).Text("x").Array(1).Nil()
            .Text("equipmentId").Text("m1").Text("meta").Map(2).Text("sourceId").Text("g").Text("sequenceNumber").Integer(9)
            .Text("timestamp").Raw(0xD6, 0xFF, 0, 0, 0, 7).Bytes;

        var reading = Assert.Single(bench.Decode(record));

        Assert.Equal(("m1", "t", "true", "g", 9L), (reading.Equipment, reading.Tag, reading.Value, reading.Source, reading.SequenceNumber));
        Assert.Equal(7_000_000, reading.TimeMicros);
    }

    [Fact]
    public void Envelope_array_counts_up_and_adds_its_deltas()
    {
        using var bench = new DecodeBench();
        var record = new PackBuilder().Array(6).Nil().Integer(AtMs).Text("m1")
            .Array(4)
            .Array(2).Text("a").Integer(1)
            .Array(1).Text("b")
            .Array(4).Text("b").Text("RUN").Integer(-3).Integer(2)
            .Array(3).Text("c").Nil().Nil()
            .Integer(7).Text("g").Bytes;

        var readings = bench.Decode(record);

        Assert.Equal(
            [SlotKind.Reading, SlotKind.Rejected, SlotKind.Reading, SlotKind.Reading], readings.Select(reading => reading.Kind));
        Assert.Equal([7L, null, 9L, 10L], readings.Select(reading => reading.SequenceNumber));
        Assert.Equal((AtMs * 1000, "g"), (readings[0].TimeMicros, readings[0].Source));
        Assert.Equal(((AtMs - 3) * 1000, "RUN", Quality.Bad), (readings[2].TimeMicros, readings[2].Value, readings[2].Quality));
        Assert.Equal((ValueKind.None, Quality.Bad), (readings[3].ValueKind, readings[3].Quality));
        Assert.Equal("\u0091\u00A1b", readings[1].Raw);
    }

    [Fact]
    public void What_stood_before_bytes_that_cannot_be_read_is_taken()
    {
        using var bench = new DecodeBench();
        var good = new PackBuilder().Array(5).Integer(1).Integer(AtMs).Text("m1").Text("t").Integer(1).Bytes;

        var readings = bench.Decode([.. good, .. good, .. good[..^2]]);

        Assert.Equal([SlotKind.Reading, SlotKind.Reading, SlotKind.Rejected], readings.Select(reading => reading.Kind));
        Assert.Equal((RejectReason.Malformed, good.Length - 2), (readings[2].Reason, readings[2].Raw.Length));
    }

    [Fact]
    public void A_batch_that_promises_more_than_there_is_says_so()
    {
        using var bench = new DecodeBench();
        var good = new PackBuilder().Array(5).Integer(1).Integer(AtMs).Text("m1").Text("t").Integer(1).Bytes;

        var readings = bench.Decode([0x92, .. good]);

        Assert.Equal([SlotKind.Reading, SlotKind.Rejected], readings.Select(reading => reading.Kind));
    }

    [Theory]
    [InlineData(new byte[] { 0xDD, 0xFF, 0xFF, 0xFF, 0xFF }, RejectReason.Malformed)]
    [InlineData(new byte[] { 0xDF, 0x7F, 0xFF, 0xFF, 0xFF }, RejectReason.Malformed)]
    [InlineData(new byte[] { 0x95, 1, 1, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF }, RejectReason.Malformed)]
    [InlineData(new byte[] { 0x80 }, RejectReason.MissingMember)]
    [InlineData(new byte[] { 0x94, 1, 1, 0xA1, 0x6D, 0xA1, 0x74 }, RejectReason.MissingMember)]
    [InlineData(new byte[] { 0x95, 1, 1, 0xA1, 0x6D, 0xA1, 0x74, 0xCA, 0x7F, 0x80, 0, 0 }, RejectReason.NumberRange)]
    [InlineData(new byte[] { 0x95, 1, 0xFF, 0xA1, 0x6D, 0xA1, 0x74, 1 }, RejectReason.TimeRange)]
    [InlineData(new byte[] { 0x95, 1, 1, 0xA1, 0xFF, 0xA1, 0x74, 1 }, RejectReason.InvalidUtf8)]
    [InlineData(new byte[] { 0x95, 1, 1, 0xC4, 1, 0x6D, 0xA1, 0x74, 1 }, RejectReason.WrongType)]
    public void No_length_is_believed_before_it_is_checked(byte[] record, object reason)
    {
        using var bench = new DecodeBench();

        var rejected = Assert.Single(bench.Decode(record));

        Assert.Equal(((RejectReason)reason, record.Length), (rejected.Reason, rejected.Raw.Length));
    }
}
