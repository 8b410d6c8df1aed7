using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed class InfluxDecoderTests
{
    [Fact]
    public void Each_field_is_a_reading_of_the_machine_that_a_tag_names()
    {
        using var bench = new DecodeBench();

        var readings = bench.Decode(
            "cpu,host=h1,equipment=m1,source=g temperature=81.2,machine_state=\"RUN \\\"1\\\"\",count=12i,big=18446744073709551615u,on=t,__seq=7i 1700000000123456789\n");

        Assert.Equal(["temperature", "machine_state", "count", "big", "on"], readings.Select(reading => reading.Tag));
        Assert.All(
            readings,
            reading => Assert.Equal(
                ("m1", "g", 7L, 1_700_000_000_123_456), (reading.Equipment, reading.Source, reading.SequenceNumber, reading.TimeMicros)));
        Assert.Equal(
            [DecodedReading.ValueOf(81.2), "RUN \"1\"", DecodedReading.ValueOf(12), DecodedReading.ValueOf(ulong.MaxValue), "true"],
            readings.Select(reading => reading.Value));
    }

    [Fact]
    public void A_line_without_a_time_has_the_time_of_receipt()
    {
        using var bench = new DecodeBench();

        var reading = Assert.Single(bench.Decode("m,machine_id=a\\ b\\,c v=-1e3"));

        Assert.Equal(("a b,c", DecodeBench.ReceivedAtMicros, "sender"), (reading.Equipment, reading.TimeMicros, reading.Source));
        Assert.Equal(DecodedReading.ValueOf(-1000), reading.Value);
    }

    [Fact]
    public void A_bad_field_or_line_does_not_take_its_neighbours_with_it()
    {
        using var bench = new DecodeBench();

        var readings = bench.Decode("# a comment\nm,host=a x=1,y=abc,z=2 1\r\nm,host=a\nm x=1 1\nm,host=a s=\"two\nlines\" 1\n");

        Assert.Equal(
            [RejectReason.None, RejectReason.WrongType, RejectReason.None, RejectReason.Malformed, RejectReason.MissingMember, RejectReason.None],
            readings.Select(reading => reading.Reason));
        Assert.Equal(["y=abc", "m,host=a", "m x=1 1"], readings.Where(one => one.Kind == SlotKind.Rejected).Select(one => one.Raw));
        Assert.Equal("two\nlines", readings[^1].Value);
    }

    [Fact]
    public void A_tag_may_name_its_measurement_too()
    {
        using var bench = new DecodeBench(new RecordDecoderOptions { InfluxTagsNameMeasurement = true });

        Assert.Equal("disk io.rate", Assert.Single(bench.Decode("disk\\ io,host=a rate=1 1")).Tag);
    }

    /// <summary>
    /// Without its return such a value was empty, and its first byte was asked for: the exception ended the receiver.
    /// </summary>
    [Theory]
    [InlineData("m,host=a x=\r\n")]
    [InlineData("m,host=a x=\r")]
    [InlineData("m,host=a y=1,x=\r\n")]
    public void A_value_that_is_only_the_return_of_the_lines_end_is_refused(string line)
    {
        using var bench = new DecodeBench();

        Assert.Equal(RejectReason.WrongType, bench.Decode(line)[^1].Reason);
    }
}
