using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>What happens around a call: methods, content types, encodings, HTTP versions, hostile peers.</summary>
public sealed class ConnectionTests
{
    private const string AccessDenied =
        "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n";

    [Theory]
    [InlineData("GET", "", null, null, 403, AccessDenied)]
    [InlineData("PUT", "{}", null, null, 403, AccessDenied)]
    [InlineData("POST", "{}", null, null, 403, AccessDenied)]
    [InlineData("POST", "{}", "text/plain", "Kinesis_20131202.ListStreams", 404, "<UnknownOperationException/>\n")]
    [InlineData("POST", "{}", "application/json", null, 404, """{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}""")]
    [InlineData("POST", "hi", "application/json", null, 400, """{"Output":{"__type":"com.amazon.coral.service#SerializationException"},"Version":"1.0"}""")]
    [InlineData("POST", "hi", EndpointUnderTest.JsonType, "Kinesis_20131202.ListStreams", 400, """{"__type":"SerializationException"}""")]
    [InlineData("POST", "true", EndpointUnderTest.JsonType, "Kinesis_20131202.PutRecords", 400, """{"__type":"SerializationException"}""")]
    [InlineData("POST", """{"StreamName":"readings"} x""", EndpointUnderTest.JsonType, "Kinesis_20131202.PutRecords", 400, """{"__type":"SerializationException"}""")]
    [InlineData("POST", """{"StreamName":""", EndpointUnderTest.JsonType, "Kinesis_20131202.PutRecord", 400, """{"__type":"SerializationException"}""")]
    [InlineData("POST", "", EndpointUnderTest.JsonType, "Kinesis_20131202.PutRecords", 400, """{"__type":"SerializationException"}""")]
    [InlineData("POST", "", EndpointUnderTest.JsonType, "Kinesis_20131202.Whatever", 400, """{"__type":"UnknownOperationException"}""")]
    [InlineData("POST", "{}", EndpointUnderTest.JsonType, "Kinesis_20131202.Whatever", 400, """{"__type":"UnknownOperationException"}""")]
    [InlineData("POST", "{}", EndpointUnderTest.JsonType, "Kinesis_20131202.ListStreams", 400, """{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}""")]
    [InlineData("POST", "{}", EndpointUnderTest.JsonType + " ; charset=utf-8", "Kinesis_20131202.ListStreams", 400, """{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}""")]
    public async Task Checks_come_in_the_order_of_the_service(
        string method, string body, string? contentType, string? target, int status, string text)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/any/path");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (target is not null)
        {
            request.Headers.Add("X-Amz-Target", target);
        }

        var answer = await endpoint.SendAsync(request);

        Assert.Equal((status, text), (answer.Status, answer.Text));
        Assert.True(Guid.TryParse(answer.Headers["x-amzn-RequestId"], out _));
        Assert.InRange(Convert.FromBase64String(answer.Headers["x-amz-id-2"]).Length, 64, 80);
    }

    [Fact]
    public async Task Who_says_nothing_is_answered_in_cbor()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");

        var answer = await endpoint.SendAsync(request);

        Assert.Equal(EndpointUnderTest.CborType, answer.Headers["Content-Type"]);
        Assert.Equal([0xA1, 0x66, .. "__type"u8, 0x78, 25, .. "UnknownOperationException"u8], answer.Body);
    }

    [Fact]
    public async Task Incomplete_signatures_are_told_what_they_lack()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var request = EndpointUnderTest.Request("ListStreams", "{}"u8.ToArray());
        request.Headers.Remove("Authorization");
        request.Headers.Remove("X-Amz-Date");
        request.Headers.TryAddWithoutValidation("Authorization", "a");

        var answer = await endpoint.SendAsync(request);

        Assert.Equal("IncompleteSignatureException", answer.Type);
        Assert.Equal(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
            "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
            "'X-Amz-Date' or a 'Date' header. Authorization=a",
            answer.Message);
    }

    [Fact]
    public async Task Browsers_are_answered_before_their_call()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/");
        request.Headers.Add("Origin", "http://page");
        request.Headers.Add("Access-Control-Request-Headers", "x-amz-target");

        var answer = await endpoint.SendAsync(request);

        Assert.Equal((200, 0), (answer.Status, answer.Body.Length));
        Assert.Equal("*", answer.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("x-amz-target", answer.Headers["Access-Control-Allow-Headers"]);
        Assert.False(answer.Headers.ContainsKey("x-amz-id-2"));
    }

    [Fact]
    public async Task One_plaintext_port_speaks_http1_and_http2_with_prior_knowledge()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        foreach (var (version, host) in new[] { (HttpVersion.Version11, "host"), (HttpVersion.Version20, ":authority") })
        {
            using var request = SignedBatch(endpoint, host);
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

            using var response = await endpoint.Client.SendAsync(request);

            Assert.Equal(version, response.Version);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(2, endpoint.Ring.Records.Count);
    }

    [Fact]
    public async Task Many_calls_share_one_http2_connection()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var calls = Enumerable.Range(0, 200).Select(async index =>
        {
            using var request = EndpointUnderTest.Request(
                "PutRecords", Encoding.UTF8.GetBytes(PutRecordsTests.Batch([$"{index}"])));
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            return (await endpoint.SendAsync(request)).Status;
        });

        Assert.All(await Task.WhenAll(calls), status => Assert.Equal(200, status));
        Assert.Equal(
            Enumerable.Range(0, 200).Select(index => $"{index}").Order(),
            endpoint.Ring.Records.Select(record => record.Text).Order());
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var body = PutRecordsTests.Batch(["split"]);
        using var socket = await ConnectAsync(endpoint);
        foreach (var part in Encoding.ASCII.GetBytes(RawRequest($"Content-Length: {body.Length}") + body))
        {
            await socket.SendAsync(new[] { part });
        }

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await ReadAnswerAsync(socket), StringComparison.Ordinal);
        Assert.Equal("split", Assert.Single(endpoint.Ring.Records).Text);
    }

    [Fact]
    public async Task A_body_in_chunks_is_taken_too()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        var body = PutRecordsTests.Batch(["chunked"]);
        using var socket = await ConnectAsync(endpoint);
        var chunks = $"{5:x}\r\n{body[..5]}\r\n{body.Length - 5:x}\r\n{body[5..]}\r\n0\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(RawRequest("Transfer-Encoding: chunked") + chunks));

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await ReadAnswerAsync(socket), StringComparison.Ordinal);
        Assert.Equal("chunked", Assert.Single(endpoint.Ring.Records).Text);
    }

    [Theory]
    [InlineData("Content-Length: 99999999999", "")]
    [InlineData("Transfer-Encoding: chunked", "fffff\r\n")]
    public async Task A_body_over_the_limit_is_answered_413_and_the_connection_ends(string lengthHeader, string start)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            Limits = new KinesisLimits { RecordBytesMax = 1024, RequestBytesMax = 1024, BodyBytesMax = 64 * 1024 },
        });
        using var socket = await ConnectAsync(endpoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes(RawRequest(lengthHeader) + start));
        if (start.Length > 0)
        {
            await socket.SendAsync(new byte[128 * 1024]);
        }

        var answer = await ReadAnswerAsync(socket);

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Empty(endpoint.Ring.Records);
    }

    [Fact]
    public async Task Bodies_together_may_take_only_so_much_memory()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            Limits = new KinesisLimits
            {
                RecordBytesMax = 1024, RequestBytesMax = 128 * 1024, BodyBytesMax = 256 * 1024, BodiesBytesMax = 256 * 1024,
            },
        });
        var large = PutRecordsTests.Batch(Enumerable.Repeat(new string('x', 1000), 120));
        using var socket = await ConnectAsync(endpoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes(RawRequest("Content-Length: 240000") + large[..150_000]));

        await UntilAsync(() => endpoint.Counters.BodyMemoryBytes >= 256 * 1024);

        var refused = await endpoint.CallAsync("PutRecords", large);
        socket.Dispose();
        await UntilAsync(() => endpoint.Counters.BodyMemoryBytes == 0);

        Assert.Equal((503, "ServiceUnavailable"), (refused.Status, refused.Type));
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", large)).Status);
    }

    [Fact]
    public async Task A_strangers_large_body_is_refused_unread()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        using var socket = await ConnectAsync(endpoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes(RawRequest("Content-Length: 10000000")));

        Assert.StartsWith("HTTP/1.1 400 ", await ReadAnswerAsync(socket), StringComparison.Ordinal);
        Assert.Equal(0, endpoint.Counters.BodyBytes);
        Assert.Equal(1, endpoint.Counters.Calls(KinesisOperation.PutRecords, CallOutcome.Denied));
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_is_counted_and_leaves_nothing()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using (var socket = await ConnectAsync(endpoint))
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(RawRequest("Content-Length: 1000") + "{"));

            // One that leaves before its call has begun was never there.
            await UntilAsync(() => endpoint.Counters.CallsUnderWay == 1);
        }

        await UntilAsync(() => endpoint.Counters.Calls(KinesisOperation.PutRecords, CallOutcome.Aborted) > 0);

        Assert.Empty(endpoint.Ring.Records);
        Assert.Equal(0, endpoint.Counters.CallsUnderWay);
    }

    private static HttpRequestMessage SignedBatch(EndpointUnderTest endpoint, string hostHeader)
    {
        var body = Encoding.UTF8.GetBytes(PutRecordsTests.Batch(["signed"]));
        var signer = new RequestSigner(EndpointUnderTest.AccessKeyId, EndpointUnderTest.Secret, "eu-central-1");
        var headers = new[]
        {
            (hostHeader, endpoint.Address.ToString()),
            ("x-amz-date", TestClock.StartText),
            ("x-amz-target", "Kinesis_20131202.PutRecords"),
        };
        var request = EndpointUnderTest.Request("PutRecords", body);
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation(
            "Authorization", signer.Authorization("POST", "/", headers, body, TestClock.StartText));
        return request;
    }

    private static string RawRequest(string lengthHeader) =>
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\nX-Amz-Date: 20260102T030405Z\r\n" +
        $"Content-Type: {EndpointUnderTest.JsonType}\r\n" +
        "Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f\r\n" +
        lengthHeader + "\r\n\r\n";

    private static async Task<Socket> ConnectAsync(EndpointUnderTest endpoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Address);
        return socket;
    }

    /// <summary>What another thread is about to do; a test that would wait for ever fails.</summary>
    private static async Task UntilAsync(Func<bool> isReached, [CallerArgumentExpression(nameof(isReached))] string what = "")
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isReached())
        {
            Assert.False(patience.IsCancellationRequested, $"Never came true: {what}");
            await Task.Yield();
        }
    }

    /// <summary>Reads up to the end of the headers.</summary>
    private static async Task<string> ReadAnswerAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                break;
            }

            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
