using System.Text;
using System.Text.Json;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.Tests.Load;

public sealed class PutRecordsSinkTests
{
    private const string Taken = """{"FailedRecordCount":0,"Records":[]}""";
    private const string Throttled = """{"__type":"ProvisionedThroughputExceededException","message":"Slower"}""";

    private static readonly PlanOptions Plan = LoadRig.Small with { ScanCount = 60, EquipmentCount = 4 };

    [Fact]
    public void All_readings_go_out_in_order_and_are_counted_when_they_are_acknowledged()
    {
        using var endpoint = new ScriptedEndpoint(_ => (200, Taken));

        var counters = Run(endpoint);

        Assert.Equal(LoadRig.Record(Plan).Lines, Lines(endpoint.Bodies));
        Assert.Equal(counters.Offered, counters.ReadingsAcknowledged);
        Assert.Equal(counters.Records, counters.RecordsAcknowledged);
        Assert.Equal(0, counters.CallsResent);
        Assert.InRange(counters.Bytes - endpoint.Bodies.Sum(body => body.Length), counters.Calls, counters.Calls * PutRecordsCall.HeadBytesMax);
    }

    [Fact]
    public void A_call_that_is_throttled_or_fails_goes_out_again_as_it_was()
    {
        using var endpoint = new ScriptedEndpoint(call => call switch
        {
            2 => (400, Throttled),
            3 => (500, """{"__type":"InternalFailure"}"""),
            _ => (200, Taken),
        });

        var counters = Run(endpoint);

        Assert.Equal(endpoint.Bodies[2], endpoint.Bodies[3]);
        Assert.Equal(endpoint.Bodies[2], endpoint.Bodies[4]);
        Assert.Equal(2, counters.CallsResent);
        Assert.Equal(LoadRig.Record(Plan).Lines, Lines([.. endpoint.Bodies[..2], .. endpoint.Bodies[4..]]));
        Assert.Equal(counters.Offered, counters.ReadingsAcknowledged);
    }

    [Fact]
    public void A_call_without_an_answer_goes_out_again_on_a_new_connection()
    {
        using var endpoint = new ScriptedEndpoint(call => call == 1 ? (ScriptedEndpoint.HangUp, "") : (200, Taken));

        var counters = Run(endpoint);

        Assert.Equal(endpoint.Bodies[1], endpoint.Bodies[2]);
        Assert.Equal(1, counters.CallsUnanswered);
        Assert.Equal(counters.Offered, counters.ReadingsAcknowledged);
    }

    [Fact]
    public void Only_the_records_that_were_refused_go_out_again()
    {
        const string Refused = """{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Slower"}""";
        const string Fine = """{"SequenceNumber":"49","ShardId":"shardId-000000000000"}""";
        using var endpoint = new ScriptedEndpoint(call => call == 0
            ? (200, $$"""{"FailedRecordCount":2,"Records":[{{Fine}},{{Refused}},{{Fine}}, {{Refused}}]}""")
            : (200, Taken));

        var counters = Run(endpoint);

        var first = Records(endpoint.Bodies[0]);
        Assert.Equal([first[1], first[3]], Records(endpoint.Bodies[1]));
        Assert.Equal(2, counters.RecordsResent);
        Assert.Equal(counters.Records, counters.RecordsAcknowledged);
        Assert.Equal(counters.Offered, counters.ReadingsAcknowledged);
    }

    [Fact]
    public void A_refusal_that_will_not_change_ends_the_run_and_says_why()
    {
        using var endpoint = new ScriptedEndpoint(_ => (400, """{"__type":"ResourceNotFoundException"}"""));

        var fault = Assert.Throws<LoadFault>(() => Run(endpoint));

        Assert.Contains("400", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ResourceNotFoundException", fault.Message, StringComparison.Ordinal);
    }

    private static LoadCounters Run(ScriptedEndpoint endpoint)
    {
        var plant = new Plant(Plan);
        var counters = new LoadCounters();
        using var sink = new PutRecordsSink(
            new HttpConnection("127.0.0.1", endpoint.Port),
            new RequestSigner(new SigningOptions { Host = "h", Region = "r", AccessKey = "a", SecretKey = "s" }),
            new JsonEncoder(plant),
            new PutRecordsSinkOptions
            {
                Plant = plant, Stream = "readings", Time = TimeProvider.System, RecordsPerCall = 4, RecordBytes = 1_400,
            },
            counters);
        var limits = new RunLimits(Plan, TimeSpan.MaxValue, TimeProvider.System);
        var pace = new Pace(double.PositiveInfinity, TimeProvider.System);
        new FeedPump(new Feed(plant.Fleet.Gateways, Plan), sink, pace, limits, counters).Run();
        return counters;
    }

    private static string[] Records(string body) =>
        [.. JsonDocument.Parse(body).RootElement.GetProperty("Records").EnumerateArray()
            .Select(record => Encoding.UTF8.GetString(record.GetProperty("Data").GetBytesFromBase64()))];

    private static string[] Lines(IEnumerable<string> bodies) =>
        [.. bodies.SelectMany(Records).SelectMany(record => record.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
}
