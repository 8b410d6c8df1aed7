using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Ledger;
using HotPath.Kinesis.Client;
using HotPath.Outputs;
using HotPath.Tests.Kinesis;

namespace HotPath.Tests.Outputs;

/// <summary>What each kind of receiver gets, and how its answers are understood.</summary>
public sealed class TargetTests : IDisposable
{
    private static readonly Guid Instance = new("11111111-2222-3333-4444-555555555555");

    private readonly TestClock _clock = new();
    private readonly AnsweringHandler _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_webhook_is_a_signed_CloudEvent()
    {
        var key = RandomNumberGenerator.GetBytes(24);
        using var target = Webhook("whsec_" + Convert.ToBase64String(key));

        Assert.Equal(DeliveryOutcome.Delivered, (await target.SendAsync([Row("{\"a\":1}")], default))[0].Outcome);

        var (headers, body) = _http.Requests.Single();
        Assert.Equal("application/cloudevents+json; charset=utf-8", headers["Content-Type"]);
        Assert.Equal(
            """{"specversion":"1.0","id":"row-1","source":"/hotpath/11111111-2222-3333-4444-555555555555","type":"hotpath.downtime","subject":"filler-1","time":"2026-01-02T03:04:05.123456Z","datacontenttype":"application/json","data":{"a":1}}""",
            Encoding.UTF8.GetString(body));
        byte[] message = [.. Encoding.UTF8.GetBytes($"row-1.{headers["webhook-timestamp"]}."), .. body];
        var signed = HMACSHA256.HashData(key, message);
        Assert.Equal("v1," + Convert.ToBase64String(signed), headers["webhook-signature"]);
        Assert.Equal("row-1", headers["webhook-id"]);
        Assert.Equal("1767323045", headers["webhook-timestamp"]);
    }

    [Theory]
    [InlineData(204, DeliveryOutcome.Delivered)]
    [InlineData(301, DeliveryOutcome.Never)]
    [InlineData(400, DeliveryOutcome.Never)]
    [InlineData(410, DeliveryOutcome.Never)]
    [InlineData(408, DeliveryOutcome.Later)]
    [InlineData(429, DeliveryOutcome.Later)]
    [InlineData(503, DeliveryOutcome.Later)]
    internal async Task A_webhooks_status_says_what_becomes_of_the_row(int status, DeliveryOutcome expected)
    {
        _http.Answer = _ => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("because") };
        using var target = Webhook(null);

        var delivery = (await target.SendAsync([Row("{}")], default))[0];

        Assert.Equal(expected, delivery.Outcome);
        Assert.True(expected == DeliveryOutcome.Delivered || delivery.Problem!.EndsWith(": because", StringComparison.Ordinal));
        Assert.False(_http.Requests.Single().Headers.ContainsKey("webhook-signature"));
    }

    [Fact]
    public async Task Retry_After_is_understood_as_seconds_and_as_a_date()
    {
        using var target = Webhook(null);
        _http.Answer = _ => Busy(new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(7), (await target.SendAsync([Row("{}")], default))[0].RetryAfter);

        _http.Answer = _ => Busy(new RetryConditionHeaderValue(new DateTimeOffset(2026, 1, 2, 3, 4, 35, TimeSpan.Zero)));
        Assert.Equal(30, Math.Ceiling((await target.SendAsync([Row("{}")], default))[0].RetryAfter!.Value.TotalSeconds));
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_tried_again()
    {
        _http.Answer = _ => throw new HttpRequestException("Connection refused");
        using var target = Webhook(null);

        Assert.Equal(Delivery.Later("Connection refused"), (await target.SendAsync([Row("{}")], default))[0]);
    }

    [Fact]
    public async Task A_streams_answer_is_read_entry_by_entry()
    {
        _http.Answer = _ => Json(
            """{"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","ShardId":"s"},{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded"}]}""");
        using var target = new KinesisOutputTarget(Client(AwsService.Kinesis("http://scripted/", "eu-central-1")), "downtimes");

        var deliveries = await target.SendAsync([Row("{\"a\":1}"), Row("{\"a\":2}")], default);

        Assert.Equal(DeliveryOutcome.Delivered, deliveries[0].Outcome);
        Assert.Equal(Delivery.Later("ProvisionedThroughputExceededException: Rate exceeded"), deliveries[1]);
        var (headers, body) = _http.Requests.Single();
        Assert.Equal("Kinesis_20131202.PutRecords", headers["x-amz-target"]);
        Assert.Contains("/eu-central-1/kinesis/aws4_request", headers["Authorization"], StringComparison.Ordinal);
        var records = JsonDocument.Parse(body).RootElement.GetProperty("Records");
        Assert.Equal("filler-1", records[0].GetProperty("PartitionKey").GetString());
        Assert.Equal("{\"a\":2}", Encoding.UTF8.GetString(records[1].GetProperty("Data").GetBytesFromBase64()));
    }

    [Fact]
    public async Task An_answer_with_fewer_entries_than_rows_counts_for_none()
    {
        _http.Answer = _ => Json("""{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"s"}]}""");
        using var target = new KinesisOutputTarget(Client(AwsService.Kinesis("http://scripted/", "eu-central-1")), "downtimes");

        Assert.All(await target.SendAsync([Row("{}"), Row("{}")], default), delivery => Assert.Equal(DeliveryOutcome.Later, delivery.Outcome));
    }

    [Fact]
    public async Task A_bus_gets_events_that_are_signed_for_its_service()
    {
        _http.Answer = _ => Json("""{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}""");
        using var target = new EventBridgeTarget(Client(AwsService.EventBridge(null, "eu-central-1")), "plant");

        Assert.Equal(DeliveryOutcome.Delivered, (await target.SendAsync([Row("{\"a\":1}")], default))[0].Outcome);

        var (headers, body) = _http.Requests.Single();
        Assert.Equal("AWSEvents.PutEvents", headers["x-amz-target"]);
        Assert.Contains("/eu-central-1/events/aws4_request", headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("events.eu-central-1.amazonaws.com", _http.LastUri!.Host);
        Assert.Equal(
            """{"Source":"hotpath","DetailType":"downtime","Detail":"{\"a\":1}","EventBusName":"plant","Time":1767323045,"Resources":["filler-1"]}""",
            JsonDocument.Parse(body).RootElement.GetProperty("Entries")[0].GetRawText());
    }

    [Fact]
    public async Task A_clock_that_differs_is_corrected_by_the_services_and_the_call_made_again()
    {
        var calls = 0;
        _http.Answer = request =>
        {
            calls++;
            var date = request.Headers.GetValues("x-amz-date").Single();
            if (date == "20260102T030405Z")
            {
                var refused = Json("""{"__type":"InvalidSignatureException","message":"Signature expired: 20260102T030405Z is now earlier than ..."}""");
                refused.StatusCode = HttpStatusCode.BadRequest;
                refused.Headers.Date = new DateTimeOffset(2026, 1, 2, 4, 4, 5, TimeSpan.Zero);
                return refused;
            }

            Assert.Equal("20260102T040405Z", date);
            return Json("{}");
        };
        using var client = Client(AwsService.Kinesis("http://scripted/", "eu-central-1"));

        (await client.CallAsync("ListStreams", "{}"u8.ToArray(), default)).Dispose();
        (await client.CallAsync("ListStreams", "{}"u8.ToArray(), default)).Dispose();

        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task What_the_signer_signs_the_endpoint_verifies()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        foreach (var token in new[] { null, "token+of/a=session" })
        {
            var key = new AwsKey(EndpointUnderTest.AccessKeyId + (token is null ? "" : "2"), EndpointUnderTest.Secret, token);
            using var client = new AwsClient(
                AwsService.Kinesis($"http://{endpoint.Address}/", "eu-central-1"), _ => ValueTask.FromResult(key), endpoint.Clock);
            using var answer = await client.CallAsync("ListStreams", "{}"u8.ToArray(), default);
            Assert.Equal("readings", answer.RootElement.GetProperty("StreamNames")[0].GetString());

            var refused = await Assert.ThrowsAsync<AwsFaultException>(() => client.CallAsync("DescribeStream", """{"StreamName":"x"}"""u8.ToArray(), default));
            Assert.Equal("ResourceNotFoundException", refused.Type);
        }
    }

    private static OutputRow Row(string json) => new(
        new RowPosition(1, 0), "row-1", LedgerRecordKind.Downtime, "filler-1", LedgerUnderTest.AtMicros, Encoding.UTF8.GetBytes(json));

    private static HttpResponseMessage Json(string body) => new(HttpStatusCode.OK) { Content = new StringContent(body) };

    private static HttpResponseMessage Busy(RetryConditionHeaderValue after)
    {
        var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("") };
        response.Headers.RetryAfter = after;
        return response;
    }

    private WebhookTarget Webhook(string? secret) =>
        new(new Uri("http://scripted/hook"), Instance, secret, TimeSpan.FromSeconds(5), _clock, _http);

    private AwsClient Client(AwsService service) =>
        new(service, _ => ValueTask.FromResult(new AwsKey("AK", "an invented secret", null)), _clock, _http);

    private sealed class AnsweringHandler : HttpMessageHandler
    {
        public Func<HttpRequestMessage, HttpResponseMessage> Answer { get; set; } = _ => new HttpResponseMessage(HttpStatusCode.OK);

        public List<(Dictionary<string, string> Headers, byte[] Body)> Requests { get; } = [];

        public Uri? LastUri { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            LastUri = request.RequestUri;
            var headers = request.Headers.Concat(request.Content!.Headers)
                .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
            Requests.Add((headers, await request.Content.ReadAsByteArrayAsync(cancellationToken)));
            return Answer(request);
        }
    }
}
