namespace HotPath.Tests.Kinesis;

/// <summary>Bodies byte by byte as the Java SDK writes them: every map and list open, lengths unknown.</summary>
public sealed class JavaBytesTests
{
    private static readonly byte[] StreamName = [0x6A, .. "StreamName"u8, 0x68, .. "readings"u8];

    [Fact]
    public async Task PutRecords_in_open_maps_lists_and_pieces_of_data_is_taken()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        byte[] body =
        [
            0xBF, .. StreamName, 0x67, .. "Records"u8, 0x9F,
            0xBF, 0x64, .. "Data"u8, 0x5F, 0x42, .. "on"u8, 0x40, 0x41, .. "e"u8, 0xFF, 0x6C, .. "PartitionKey"u8, 0x61, .. "a"u8, 0xFF,
            0xBF, 0x6C, .. "PartitionKey"u8, 0x7F, 0x61, .. "b"u8, 0x61, .. "c"u8, 0xFF, 0x64, .. "Data"u8, 0x58, 0x03, .. "two"u8, 0xFF,
            0xFF, 0xFF,
        ];

        var answer = await CallAsync(endpoint, "PutRecords", body);

        Assert.Equal(200, answer.Status);
        Assert.Equal(["one", "two"], endpoint.Ring.Records.Select(record => record.Text));
    }

    [Fact]
    public async Task PutRecord_in_an_open_map_is_taken()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        byte[] body =
        [
            0xBF, .. StreamName, 0x64, .. "Data"u8, 0x43, .. "one"u8, 0x6C, .. "PartitionKey"u8, 0x61, .. "a"u8,
            0x6F, .. "ExplicitHashKey"u8, 0xF6, 0xFF,
        ];

        var answer = await CallAsync(endpoint, "PutRecord", body);

        Assert.Equal(200, answer.Status);
        Assert.Equal(["one"], endpoint.Ring.Records.Select(record => record.Text));
    }

    [Fact]
    public async Task A_body_that_ends_before_its_maps_is_refused_and_nothing_of_it_taken()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        byte[] body = [0xBF, .. StreamName, 0x64, .. "Data"u8, 0x5F, 0x43, .. "one"u8, 0xFF, 0x6C, .. "PartitionKey"u8, 0x61, .. "a"u8];

        Assert.Equal(400, (await CallAsync(endpoint, "PutRecord", body)).Status);
        Assert.Equal(200, (await CallAsync(endpoint, "PutRecord", [.. body, 0xFF])).Status);
        Assert.Equal(["one"], endpoint.Ring.Records.Select(record => record.Text));
    }

    private static async Task<Answered> CallAsync(EndpointUnderTest endpoint, string operation, byte[] body)
    {
        using var request = EndpointUnderTest.Request(operation, body, EndpointUnderTest.CborType);
        return await endpoint.SendAsync(request);
    }
}
