using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

/// <summary>
/// Every format through real sockets into the tables, with disorder, duplicates, repeated and reordered datagrams, and
/// loss: what the generator says must come out is there, and nothing else.
/// </summary>
public sealed class LoadTruthTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    [InlineData("msgpack-map")]
    [InlineData("msgpack-envelope")]
    [InlineData("influx")]
    [InlineData("frame")]
    [InlineData("frame, signed, checked and compressed")]
    public async Task Datagrams_give_what_the_plan_says_whatever_the_network_does_to_their_order(string format)
    {
        await using var service = await ServiceUnderLoad.StartAsync(IsSigned(format));

        var outcome = await service.RunAsync(Load(format), byKinesis: false);

        var sent = outcome.Sent;
        Assert.True(sent.Duplicates > 0 && sent.DatagramsRepeated > 0 && sent.DatagramsReordered > 0);
        Assert.InRange(outcome.Truth.OutOfOrdernessMillisMin, 10_000, 60_000);
        Assert.Equal(outcome.Truth.Distinct, outcome.Rows);
        Assert.Equal(outcome.Truth.Rows, outcome.Rows);
        Assert.True(outcome.Found.IsEqual, string.Join('\n', outcome.Found.Missing.Concat(outcome.Found.Unexpected)));
        Assert.True(outcome.Found.TransitionsFound > 100);
        CheckBooks(outcome, IsFramed(format));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    [InlineData("msgpack-map")]
    [InlineData("msgpack-envelope")]
    [InlineData("influx")]
    [InlineData("frame")]
    [InlineData("frame, signed, checked and compressed")]
    public async Task Of_datagrams_that_are_lost_just_their_readings_are_missing(string format)
    {
        await using var service = await ServiceUnderLoad.StartAsync(IsSigned(format));

        var outcome = await service.RunAsync(Load(format) with { LossShare = 0.1 }, byKinesis: false);

        Assert.True(outcome.Sent.DatagramsWithheld > 0);
        Assert.Contains("withheld", outcome.Truth.Why, StringComparison.Ordinal);
        Assert.Equal(outcome.Truth.Rows, outcome.Rows);
        Assert.InRange(outcome.Rows, outcome.Truth.Distinct * 8 / 10, outcome.Truth.Distinct - 1);
        CheckBooks(outcome, IsFramed(format));
    }

    [Theory]
    [InlineData("json", false)]
    [InlineData("msgpack-envelope", false)]
    [InlineData("json", true)]
    [InlineData("msgpack-map", true)]
    [InlineData("influx", true)]
    public async Task Records_and_aggregates_give_what_the_plan_says(string format, bool aggregates)
    {
        await using var service = await ServiceUnderLoad.StartAsync(verifiesFrames: false);

        var outcome = await service.RunAsync(
            Load(format) with { KinesisFormat = FormatOf(format), Aggregates = aggregates, Connections = 2 }, byKinesis: true);

        Assert.Equal(outcome.Sent.Offered, outcome.Sent.ReadingsAcknowledged);
        Assert.Equal(outcome.Truth.Distinct, outcome.Rows);
        Assert.True(outcome.Found.IsEqual, string.Join('\n', outcome.Found.Missing.Concat(outcome.Found.Unexpected)));
        Assert.True(outcome.Found.TransitionsFound > 100);
        Assert.Equal((outcome.Sent.Offered, outcome.Sent.Duplicates), (outcome.Books.Received, outcome.Books.Duplicate));
    }

    /// <summary>Sent = received + lost, and every duplicate was known as one: of frames as datagrams, else as readings.</summary>
    private static void CheckBooks(LoadOutcome outcome, bool isFramed)
    {
        var (sent, books) = (outcome.Sent, outcome.Books);
        var doubled = sent.Duplicates - sent.DuplicatesVoid;
        Assert.Equal(0, books.Rejected);
        Assert.Equal(0, outcome.Udp.Dropped);
        Assert.Equal(sent.Datagrams + sent.DatagramsRepeated + sent.Heartbeats, outcome.Udp.Datagrams);
        if (isFramed)
        {
            Assert.Equal((sent.Sent, doubled), (books.Received, books.Duplicate));
            Assert.Equal((sent.Withheld, sent.DatagramsRepeated), (books.Lost, outcome.DuplicateDatagrams));
            Assert.Equal(sent.DatagramsWithheld, outcome.Udp.Frames!.Lost - outcome.Udp.Frames.Recovered);
            Assert.Equal(sent.Offered, books.Received + books.Lost);
        }
        else
        {
            Assert.Equal((sent.Sent + sent.Repeated, doubled + sent.Repeated), (books.Received, books.Duplicate));
            Assert.Null(outcome.Udp.Frames);
        }
    }

    private static LoadOptions Load(string format) => new()
    {
        Plan = LoadRig.Small with
        {
            EquipmentCount = 24,
            ScanCount = 200,
            DisorderMillis = 10_000,
            DuplicateShare = 0.05,
            SensorFaults = format != "influx",
        },
        UdpFormat = FormatOf(format),
        RepeatShare = 0.05,
        ReorderShare = 0.1,
        Frames = IsSigned(format)
            ? new FrameOptions { Lz4 = true, Crc32C = true, HmacKey = ServiceUnderLoad.HmacKey, Sender = ServiceUnderLoad.SignedSender }
            : new FrameOptions(),
    };

    private static bool IsSigned(string format) => format.Contains("signed", StringComparison.Ordinal);

    private static bool IsFramed(string format) => format.StartsWith("frame", StringComparison.Ordinal);

    private static PayloadFormat FormatOf(string format) =>
        PayloadFormats.TryParse(format.Split(',')[0], out var parsed) ? parsed : throw new ArgumentException(format);
}
