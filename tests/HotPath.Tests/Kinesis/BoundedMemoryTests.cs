using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>
/// What is large, deep or packed to become so: answered with the service's error, in memory that is bounded by what was
/// sent. Alone in its process's memory: nothing else runs beside it.
/// </summary>
[Collection(nameof(BoundedMemoryTests))]
[CollectionDefinition(nameof(BoundedMemoryTests), DisableParallelization = true)]
public sealed class BoundedMemoryTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task A_call_of_ten_MiB_is_taken_and_one_byte_more_is_refused()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var full = Enumerable.Repeat(MiB - 1, 10).ToArray();

        var taken = await PutAsync(endpoint, full);
        var tooMuch = await PutAsync(endpoint, [.. full, 0]);
        var tooLarge = await PutAsync(endpoint, MiB);

        Assert.Equal(200, taken.Status);
        Assert.Equal(("InvalidArgumentException", "Records size exceeds 10 MB limit"), (tooMuch.Type, tooMuch.Message));
        Assert.Equal("ValidationException", tooLarge.Type);
        Assert.Equal(10, endpoint.Ring.Records.Count);
    }

    [Fact]
    public async Task Limits_are_those_that_are_configured()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            AllowAdministration = true,
            Streams = [new() { Shards = 2 }],
            Limits = new KinesisLimits
            {
                RecordsMax = 3, RecordBytesMax = 2 * MiB, RequestBytesMax = 3 * MiB, BodyBytesMax = 5 * MiB, ShardsMax = 3, ConsumersMax = 1,
            },
        });

        Assert.Equal(200, (await PutAsync(endpoint, (2 * MiB) - 1, 0, 0)).Status);
        Assert.Equal("ValidationException", (await PutAsync(endpoint, 0, 0, 0, 0)).Type);
        Assert.Equal("ValidationException", (await PutAsync(endpoint, 2 * MiB)).Type);
        Assert.Equal("Records size exceeds 3 MB limit", (await PutAsync(endpoint, 3 * MiB / 2, 3 * MiB / 2)).Message);
        Assert.Equal(413, (await PutAsync(endpoint, 4 * MiB)).Status);
        Assert.Equal("LimitExceededException", (await endpoint.CallAsync("CreateStream", """{"StreamName":"more","ShardCount":2}""")).Type);
        const string Arn = "arn:aws:kinesis:us-east-1:000000000000:stream/readings";
        Assert.Equal(200, (await endpoint.CallAsync("RegisterStreamConsumer", $$"""{"StreamARN":"{{Arn}}","ConsumerName":"a"}""")).Status);
        Assert.Equal("LimitExceededException", (await endpoint.CallAsync("RegisterStreamConsumer", $$"""{"StreamARN":"{{Arn}}","ConsumerName":"b"}""")).Type);
    }

    [Fact]
    public async Task Requests_of_sixteen_MiB_and_more_are_answered_413_unread()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var before = Memory();
        for (var round = 0; round < 20; round++)
        {
            using var request = EndpointUnderTest.Request("PutRecords", new byte[(16 * MiB) + 1]);
            request.Headers.ExpectContinue = true;
            Assert.Equal(413, (await endpoint.SendAsync(request)).Status);
        }

        Assert.Equal(0, endpoint.Counters.BodyBytes);
        AssertGrowth(before, 128L * MiB);
    }

    /// <summary>
    /// Cause: a tree takes a hundred bytes for a value that takes two in the body, and was built before anybody asked whose
    /// it is. Symptom: a request of 16 MiB for a call that has no more than three arguments took a gigabyte.
    /// </summary>
    [Theory]
    [InlineData("ListShards", EndpointUnderTest.JsonType)]
    [InlineData("PutRecords", EndpointUnderTest.JsonType)]
    [InlineData("ListShards", EndpointUnderTest.CborType)]
    [InlineData("PutRecords", EndpointUnderTest.CborType)]
    public async Task Many_small_values_are_refused_before_they_are_a_tree(string operation, string contentType)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var body = new byte[15 * MiB];
        if (contentType == EndpointUnderTest.JsonType)
        {
            "{\"StreamName\":\"readings\",\"Records\":["u8.CopyTo(body);
            var at = 36;
            for (; at + 6 < body.Length; at += 3)
            {
                "[],"u8.CopyTo(body.AsSpan(at));
            }

            "[]]}"u8.CopyTo(body.AsSpan(at));
            Array.Resize(ref body, at + 4);
        }
        else
        {
            // A map of one: "a" and a list without end of empty lists.
            Array.Fill(body, (byte)0x80);
            new byte[] { 0xA1, 0x61, (byte)'a', 0x9F }.CopyTo(body, 0);
            body[^1] = 0xFF;
        }

        var before = Memory();
        for (var round = 0; round < 2; round++)
        {
            using var request = EndpointUnderTest.Request(operation, body, contentType);
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var answer = await endpoint.SendAsync(request);

            Assert.Equal(400, answer.Status);
            Assert.Contains("SerializationException", answer.Text, StringComparison.Ordinal);
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, 160L * MiB);
        }

        AssertGrowth(before, 256L * MiB);
    }

    [Theory]
    [InlineData(EndpointUnderTest.JsonType, (byte)'[')]
    [InlineData(EndpointUnderTest.JsonType, (byte)'{')]
    [InlineData(EndpointUnderTest.CborType, (byte)0x81)]
    [InlineData(EndpointUnderTest.CborType, (byte)0x9F)]
    [InlineData(EndpointUnderTest.CborType, (byte)0xC1)]
    public async Task Any_depth_is_answered_and_the_stack_holds(string contentType, byte opening)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        foreach (var depth in new[] { 63, 64, 65, 1_000, 100_000, 8 * MiB })
        {
            foreach (var operation in new[] { "PutRecord", "PutRecords", "ListShards", "SubscribeToShard" })
            {
                var body = new byte[depth];
                Array.Fill(body, opening);
                using var request = EndpointUnderTest.Request(operation, body, contentType);
                Assert.Equal(400, (await endpoint.SendAsync(request)).Status);
            }
        }

        Assert.Empty(endpoint.Faults);
    }

    [Fact]
    public async Task Records_that_are_bombs_are_stored_as_rejected_and_take_no_more_than_others()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(decodes: true);
        var bomb = Bomb(128L * MiB);
        var records = new[]
        {
            bomb,
            KplBuilder.Aggregate(Enumerable.Repeat(("a", (string?)null, bomb), 4).ToArray()),
            Packed(bomb),
            Encoding.UTF8.GetBytes(new string('[', MiB - 10)),
        };
        var body = JsonSerializer.Serialize(new { StreamName = "readings", Records = records.Select(data => new { Data = data, PartitionKey = "k" }) });
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", body)).Status);

        var before = Memory();
        for (var round = 0; round < 10; round++)
        {
            Assert.Equal(200, (await endpoint.CallAsync("PutRecords", body)).Status);
        }

        Assert.True(endpoint.Counters.ReadingsRejected >= 11 * records.Length, $"{endpoint.Counters.ReadingsRejected} rejected");
        Assert.Equal(0, endpoint.Counters.ReadingsAccepted);
        AssertGrowth(before, 128L * MiB);
    }

    private static byte[] Bomb(long bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            var zeros = new byte[MiB];
            Array.Fill(zeros, (byte)' ');
            for (var written = 0L; written < bytes; written += zeros.Length)
            {
                gzip.Write(zeros);
            }
        }

        return packed.ToArray();
    }

    private static byte[] Packed(byte[] data)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    private static Task<Answered> PutAsync(EndpointUnderTest endpoint, params int[] dataBytes) =>
        endpoint.CallAsync("PutRecords", JsonSerializer.Serialize(new
        {
            StreamName = "readings",
            Records = dataBytes.Select(bytes => new { Data = new byte[bytes], PartitionKey = "k" }),
        }));

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static void AssertGrowth(long before, long bytesMax)
    {
        var growth = Memory() - before;
        Assert.True(growth <= bytesMax, $"The process holds {growth / MiB} MiB more.");
    }
}
