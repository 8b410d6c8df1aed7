using System.Text.Json;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using RequestSigner = HotPath.LoadGenerator.Kinesis.RequestSigner;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;
using HotPath.Tests.Kinesis;

namespace HotPath.Tests.Load;

/// <summary>The generator against the product's own endpoint, which verifies every signature.</summary>
public sealed class PutRecordsEndpointTests
{
    [Fact]
    public async Task The_endpoint_accepts_what_the_generator_signs_and_keeps_every_line()
    {
        var plan = LoadRig.Small with { ScanCount = 40, EquipmentCount = 4 };
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);
        var counters = new LoadCounters();

        await Task.Run(() => Send(plan, endpoint, EndpointUnderTest.Secret, counters));

        var kept = endpoint.Ring.Records
            .SelectMany(record => record.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ByMachine(LoadRig.Record(plan).Lines), ByMachine(kept));
        Assert.Equal(counters.Offered, counters.ReadingsAcknowledged);
    }

    [Fact]
    public async Task A_wrong_secret_ends_the_run_with_the_endpoint_s_own_words()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(verifies: true);

        var fault = await Assert.ThrowsAsync<LoadFault>(() =>
            Task.Run(() => Send(LoadRig.Small, endpoint, "another secret", new LoadCounters())));

        Assert.Contains("Signature", fault.Message, StringComparison.Ordinal);
        Assert.Empty(endpoint.Ring.Records);
    }

    /// <summary>A call's records are taken shard by shard: the order that is kept is that of each machine.</summary>
    private static IEnumerable<string> ByMachine(IEnumerable<string> lines) => lines.OrderBy(
        line => JsonDocument.Parse(line).RootElement.GetProperty("equipmentId").GetString(), StringComparer.Ordinal);

    private static void Send(PlanOptions plan, EndpointUnderTest endpoint, string secret, LoadCounters counters)
    {
        var plant = new Plant(plan);
        var time = new ManualTime(DateTimeOffset.UnixEpoch.AddMicroseconds(endpoint.Clock.NowMicros));
        using var sink = new PutRecordsSink(
            new HttpConnection("127.0.0.1", endpoint.Address.Port),
            new RequestSigner(new SigningOptions
            {
                Host = endpoint.Address.ToString(),
                Region = "us-east-1",
                AccessKey = EndpointUnderTest.AccessKeyId,
                SecretKey = secret,
            }),
            new JsonEncoder(plant),
            new PutRecordsSinkOptions { Plant = plant, Stream = "readings", Time = time, RecordBytes = 1_400 },
            counters);
        var limits = new RunLimits(plan, TimeSpan.MaxValue, TimeProvider.System);
        var pace = new Pace(double.PositiveInfinity, time);
        new FeedPump(new Feed(plant.Fleet.Gateways, plan), sink, pace, limits, counters).Run();
    }
}
