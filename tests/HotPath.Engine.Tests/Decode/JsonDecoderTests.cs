using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed class JsonDecoderTests
{
    private const string FirstForm =
        """
        {"version":1,"timestamp":1700000000123,"equipmentId":"84068f2f-3f39-4b9c-a995-d2a84d878689","tag":"water_temperature","value":13.45,"quality":"Ok","meta":{"sequenceNumber":123,"flags":["Fst","Lst","Wmk","Syn","Ats"],"createdAt":12345690,"sourceId":"filling_machine"}}
        """;

    [Fact]
    public void First_form_fills_every_field()
    {
        using var bench = new DecodeBench();

        var reading = Assert.Single(bench.Decode(FirstForm));

        Assert.Equal(
            new DecodedReading
            {
                Kind = SlotKind.Reading,
                Equipment = "84068f2f-3f39-4b9c-a995-d2a84d878689",
                Tag = "water_temperature",
                Source = "filling_machine",
                ValueKind = ValueKind.Number,
                Value = DecodedReading.ValueOf(13.45),
                Quality = Quality.Good,
                TimeMicros = 1_700_000_000_123_000,
                ReceivedAtMicros = DecodeBench.ReceivedAtMicros,
                SequenceNumber = 123,
                CreatedAtMicros = 12_345_690_000,
                Model = 1,
                Flags = string.Join(DecodedReading.FlagSeparator, "Ats", "Fst", "Lst", "Syn", "Wmk"),
            },
            reading);
    }

    [Theory]
    [InlineData("""{"tag":"t","value":1,"equipmentId":"m","timestamp":1}""")]
    [InlineData(""" { "x":[{"y":[null,1e5,"\u00e9"]}], "timestamp" : 1 ,"value":1.0,"tag":" t ","equipmentId":"\u006d"} """)]
    [InlineData("[{\"tag\":\"t\",\"value\":1,\"equipmentId\":\"m\",\"timestamp\":1}]\n")]
    [InlineData("""{"timestamp":"1970-01-01T00:00:00.001Z","meta":null,"quality":null,"value":1,"tag":"t","equipmentId":"m"}""")]
    [InlineData("""{"timestamp":"1970-01-01 02:00:00.001000999+02","meta":{},"value":1e0,"tag":"t","equipmentId":"m"}""")]
    [InlineData("""{"readings":[{"tag":"t","value":1}],"equipmentId":"m","timestamp":1}""")]
    [InlineData("""{"status":true,"t":1,"timestamp":1,"machine_id":"m"}""")]
    public void Members_stand_in_any_order_and_unknown_ones_are_ignored(string record)
    {
        using var bench = new DecodeBench();

        var reading = bench.Decode(record).Single(one => one.Tag == "t");

        Assert.Equal(("m", 1_000L, DecodedReading.ValueOf(1)), (reading.Equipment, reading.TimeMicros, reading.Value));
        Assert.Equal((Quality.Good, "sender"), (reading.Quality, reading.Source));
    }

    [Fact]
    public void Every_further_member_of_the_simple_form_is_a_reading()
    {
        using var bench = new DecodeBench();

        var readings = bench.Decode("""{"machine_id":"m1","timestamp":1700000000123,"speed":5,"on":true,"who":"x","list":[1],"no":null}""");

        Assert.Equal(["speed", "on", "who", "status"], readings.Select(reading => reading.Tag));
        Assert.Equal("unknown", readings[3].Value);
        Assert.All(readings, reading => Assert.Equal(("m1", 1_700_000_000_123_000), (reading.Equipment, reading.TimeMicros)));
    }

    [Fact]
    public void Readings_of_an_envelope_inherit_what_they_do_not_say_and_count_up()
    {
        using var bench = new DecodeBench();

        var readings = bench.Decode(
            """
            {"equipmentId":"m1","readings":[{"tag":"t","value":1.5},{"tag":"p"},{"tag":"p","value":2,"timestamp":1700000000130,"quality":"Bad"}],
             "timestamp":1700000000123,"meta":{"sequenceNumber":7,"sourceId":"g"}}
            """);

        Assert.Equal([SlotKind.Reading, SlotKind.Rejected, SlotKind.Reading], readings.Select(reading => reading.Kind));
        Assert.Equal((7L, "g", 1_700_000_000_123_000), (readings[0].SequenceNumber, readings[0].Source, readings[0].TimeMicros));
        Assert.Equal((RejectReason.MissingMember, """{"tag":"p"}"""), (readings[1].Reason, readings[1].Raw));
        Assert.Equal((9L, 1_700_000_000_130_000, Quality.Bad), (readings[2].SequenceNumber, readings[2].TimeMicros, readings[2].Quality));
    }

    [Theory]
    [InlineData("""{"timestamp":1,"tag":"t","value":1}""", RejectReason.MissingMember)]
    [InlineData("""{"equipmentId":" ","timestamp":1,"tag":"t","value":1}""", RejectReason.MissingMember)]
    [InlineData("""{"equipmentId":null,"timestamp":1,"tag":"t","value":1}""", RejectReason.MissingMember)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1,"tag":"t"}""", RejectReason.DuplicateMember)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":[1]}""", RejectReason.WrongType)]
    [InlineData("""{"equipmentId":5,"timestamp":1,"tag":"t","value":1}""", RejectReason.WrongType)]
    [InlineData("""{"equipmentId":"m","timestamp":1.5,"tag":"t","value":1}""", RejectReason.WrongType)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1e400}""", RejectReason.NumberRange)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1,"meta":{"sequenceNumber":9223372036854775808}}""", RejectReason.NumberRange)]
    [InlineData("""{"equipmentId":"m","timestamp":-1,"tag":"t","value":1}""", RejectReason.TimeRange)]
    [InlineData("""{"equipmentId":"m","timestamp":253402300800000,"tag":"t","value":1}""", RejectReason.TimeRange)]
    [InlineData("""{"equipmentId":"m","timestamp":"2023-11-14T22:13:20","tag":"t","value":1}""", RejectReason.TimeRange)]
    [InlineData("""{"equipmentId":"m","timestamp":"2023-02-29T22:13:20Z","tag":"t","value":1}""", RejectReason.TimeRange)]
    [InlineData("""{"equipmentId":"\ud800","timestamp":1,"tag":"t","value":1}""", RejectReason.InvalidUtf8)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1}x""", RejectReason.Malformed)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":01}""", RejectReason.Malformed)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1,}""", RejectReason.Malformed)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":NaN}""", RejectReason.Malformed)]
    [InlineData("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1""", RejectReason.Malformed)]
    [InlineData("""{"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}""", RejectReason.TooLarge)]
    [InlineData("\0", RejectReason.UnknownEncoding)]
    public void What_cannot_be_read_is_refused_with_its_reason_and_its_bytes(string record, object reason)
    {
        using var bench = new DecodeBench();

        var rejected = Assert.Single(bench.Decode(record));

        Assert.Equal((SlotKind.Rejected, (RejectReason)reason, record), (rejected.Kind, rejected.Reason, rejected.Raw));
    }

    [Fact]
    public void A_bad_line_does_not_take_its_neighbours_with_it()
    {
        using var bench = new DecodeBench();
        var good = """{"equipmentId":"m","timestamp":1,"tag":"t","value":1}""";

        var readings = bench.Decode(good + "\n{\"equipmentId\":\n" + good + "\r\n\ngarbage\n" + good);

        Assert.Equal(
            [SlotKind.Reading, SlotKind.Rejected, SlotKind.Reading, SlotKind.Rejected, SlotKind.Reading],
            readings.Select(reading => reading.Kind));
        Assert.Equal(["{\"equipmentId\":", "garbage"], readings.Where(one => one.Raw.Length > 0).Select(one => one.Raw));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData(" \n")]
    public void A_record_without_readings_is_one_empty_slot(string record)
    {
        using var bench = new DecodeBench();

        Assert.Equal(SlotKind.Empty, Assert.Single(bench.Decode(record)).Kind);
    }

    [Theory]
    [InlineData("\"ok\"", Quality.Good)]
    [InlineData("\" GoodClamped \"", Quality.Good)]
    [InlineData("\"UncertainLastUsableValue\"", Quality.Uncertain)]
    [InlineData("\"\"", Quality.Bad)]
    [InlineData("\"Bad\"", Quality.Bad)]
    [InlineData("0", Quality.Good)]
    [InlineData("1073741824", Quality.Uncertain)]
    [InlineData("2147483648", Quality.Bad)]
    [InlineData("-1", Quality.Bad)]
    [InlineData("null", Quality.Good)]
    [InlineData("true", Quality.Bad)]
    public void Quality_words_and_status_codes_become_classes(string quality, object expected)
    {
        using var bench = new DecodeBench();

        var reading = Assert.Single(bench.Decode($$"""{"equipmentId":"m","timestamp":1,"tag":"t","value":1,"quality":{{quality}}}"""));

        Assert.Equal((Quality)expected, reading.Quality);
    }

    [Fact]
    public void A_null_value_is_no_value_and_bad()
    {
        using var bench = new DecodeBench();

        var reading = Assert.Single(bench.Decode("""{"equipmentId":"m","timestamp":1,"tag":"t","value":null,"quality":"Ok"}"""));

        Assert.Equal((ValueKind.None, Quality.Bad), (reading.ValueKind, reading.Quality));
    }

    [Fact]
    public void A_replay_reads_the_time_of_receipt_in_milliseconds()
    {
        using var bench = new DecodeBench(new RecordDecoderOptions { ReadsReceivedAt = true }) { Unit = TimestampUnit.Seconds };

        var reading = Assert.Single(bench.Decode("""{"equipmentId":"m","timestamp":1,"tag":"t","value":1,"receivedAt":5}"""));

        Assert.Equal((1_000_000L, 5_000L), (reading.TimeMicros, reading.ReceivedAtMicros));
    }
}
