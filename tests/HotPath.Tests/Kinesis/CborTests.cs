using System.Formats.Cbor;
using System.Text;
using HotPath.Kinesis.Streams;

namespace HotPath.Tests.Kinesis;

/// <summary>What Java producers speak.</summary>
public sealed class CborTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PutRecords_is_taken_with_definite_and_indefinite_lengths(bool indefinite)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(indefinite ? null : 3);
        writer.WriteTextString("Records");
        writer.WriteStartArray(indefinite ? null : 2);
        foreach (var text in new[] { "one", "two" })
        {
            writer.WriteStartMap(indefinite ? null : 3);
            writer.WriteTextString("Data");
            WriteData(writer, text, indefinite);
            writer.WriteTextString("PartitionKey");
            writer.WriteTextString("press-7");
            writer.WriteTextString("ExplicitHashKey");
            writer.WriteNull();
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteTextString("Unknown");
        writer.WriteInt32(1);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("readings");
        writer.WriteEndMap();

        var answer = await CallAsync(endpoint, "PutRecords", writer);

        Assert.Equal(EndpointUnderTest.CborType, answer.Headers["Content-Type"]);
        Assert.Equal(["one", "two"], endpoint.Ring.Records.Select(record => record.Text));
        var reader = new CborReader(answer.Body);
        Assert.Equal(2, reader.ReadStartMap());
        Assert.Equal("FailedRecordCount", reader.ReadTextString());
        Assert.Equal(0, reader.ReadInt32());
        Assert.Equal("Records", reader.ReadTextString());
        Assert.Equal(2, reader.ReadStartArray());
        for (var lsn = 1_000_000; lsn < 1_000_002; lsn++)
        {
            Assert.Equal(2, reader.ReadStartMap());
            Assert.Equal("SequenceNumber", reader.ReadTextString());
            Assert.True(SequenceNumber.TryParse(reader.ReadTextString(), out var number));
            Assert.Equal(lsn, number.Lsn);
            Assert.Equal("ShardId", reader.ReadTextString());
            Assert.Equal(StreamShard.IdOf(number.ShardIndex), reader.ReadTextString());
            reader.ReadEndMap();
        }

        reader.ReadEndArray();
        reader.ReadEndMap();
        Assert.Equal(0, reader.BytesRemaining);
    }

    [Fact]
    public async Task Timestamps_are_milliseconds_under_tag_1()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("readings");
        writer.WriteEndMap();

        var answer = await CallAsync(endpoint, "DescribeStreamSummary", writer);

        var reader = new CborReader(answer.Body);
        reader.ReadStartMap();
        reader.ReadTextString();
        reader.ReadStartMap();
        while (reader.ReadTextString() != "StreamCreationTimestamp")
        {
            reader.SkipValue();
        }

        Assert.Equal(CborTag.UnixTimeSeconds, reader.ReadTag());
        Assert.Equal((endpoint.Clock.NowMicros / 1000) - 3000, reader.ReadInt64());
    }

    [Fact]
    public async Task Refusals_are_cbor_too()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var writer = new CborWriter();
        writer.WriteStartMap(0);
        writer.WriteEndMap();

        var answer = await CallAsync(endpoint, "PutRecord", writer);

        var reader = new CborReader(answer.Body);
        reader.ReadStartMap();
        Assert.Equal("__type", reader.ReadTextString());
        Assert.Equal("ValidationException", reader.ReadTextString());
        Assert.Equal("message", reader.ReadTextString());
        Assert.StartsWith("3 validation errors detected: ", reader.ReadTextString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("A1")]
    [InlineData("A16A53747265616D4E616D65")]
    [InlineData("A000")]
    [InlineData("01")]
    public async Task What_is_no_cbor_map_is_refused(string hex)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var request = EndpointUnderTest.Request("PutRecords", Convert.FromHexString(hex), EndpointUnderTest.CborType);

        var answer = await endpoint.SendAsync(request);

        Assert.Equal(400, answer.Status);
        Assert.Equal([0xA1, 0x66, .. "__type"u8, 0x76, .. "SerializationException"u8], answer.Body);
    }

    private static void WriteData(CborWriter writer, string text, bool indefinite)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!indefinite)
        {
            writer.WriteByteString(bytes);
            return;
        }

        writer.WriteStartIndefiniteLengthByteString();
        writer.WriteByteString(bytes.AsSpan(0, 1));
        writer.WriteByteString(bytes.AsSpan(1));
        writer.WriteEndIndefiniteLengthByteString();
    }

    private static async Task<Answered> CallAsync(EndpointUnderTest endpoint, string operation, CborWriter writer)
    {
        using var request = EndpointUnderTest.Request(operation, writer.Encode(), EndpointUnderTest.CborType);
        return await endpoint.SendAsync(request);
    }
}
