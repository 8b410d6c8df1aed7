using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Names;
using HotPath.Kinesis;
using HotPath.Kinesis.Put;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;
using HotPath.Tests.Kinesis.Raw;

namespace HotPath.Tests.Kinesis;

/// <summary>From a received body to the ring: 500 records cost no allocation.</summary>
public sealed class PutAllocationTests
{
    private const int RecordCount = 500;

    private readonly TestClock _clock = new();
    private readonly NameTables _names = new();

    [Theory]
    [InlineData(WireFormat.Json, false)]
    [InlineData(WireFormat.Cbor, false)]
    [InlineData(WireFormat.Json, true)]
    [InlineData(WireFormat.Cbor, true)]
    internal void Records_are_read_decoded_and_published_without_allocating(WireFormat format, bool keepsRaw)
    {
        using var kept = new RawLogUnderTest();
        var raw = keepsRaw ? kept.Log : null;
        var options = new KinesisOptions();
        var counters = new KinesisCounters();
        var catalog = new StreamCatalog(
            options, new KinesisParts(_names, () => new CountingIntake(_names), new FakeJournal(), _clock), raw);
        var puts = new PutOperations(options, catalog, counters, raw);
        var schemas = new Schemas(options.Limits);
        using var call = new PutCall(new CountingIntake(_names), options.Limits);
        var body = Body(format);

        long allocated = -1;
        for (var round = 0; round < 300 && allocated != 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call.Clear();
            var parse = format == WireFormat.Cbor
                ? call.Cbor.Read(body, call, isBatch: true)
                : PutJson.Read(body.Span, call, isBatch: true);
            var input = new PutInput(call, body, format, _clock.NowMicros) { Schemas = schemas };

            var isHeld = PutRules.Hold(call, input.Body, format, options.Limits);
            var refusal = puts.Stage(input, out var open) ?? puts.Publish(input, open, out _);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.Equal((PutParse.Regular, true, null), (parse, isHeld, refusal));
            raw?.DoWork();
        }

        Assert.Equal(0, allocated);
        Assert.Equal(RecordCount, call.Staged.Count);
        Assert.Equal(0, call.Staged.RejectedCount);
        Assert.Equal(0, counters.Records % RecordCount);
    }

    private static ReadOnlyMemory<byte> Body(WireFormat format)
    {
        var records = Enumerable.Range(0, RecordCount).Select(index => (
            Key: $"press-{index % 40}",
            Data: Encoding.UTF8.GetBytes(
                $$"""{"version":1,"timestamp":{{1_767_323_045_000 + index}},"equipmentId":"press-{{index % 40}}","tag":"temperature","value":{{index}}.5}""")));
        if (format == WireFormat.Json)
        {
            return JsonSerializer.SerializeToUtf8Bytes(new
            {
                StreamName = "readings",
                Records = records.Select(record => new { record.Data, PartitionKey = record.Key }),
            });
        }

        var writer = new CborWriter();
        writer.WriteStartMap(2);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("readings");
        writer.WriteTextString("Records");
        writer.WriteStartArray(RecordCount);
        foreach (var (key, data) in records)
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("Data");
            writer.WriteByteString(data);
            writer.WriteTextString("PartitionKey");
            writer.WriteTextString(key);
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }
}
