using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Kinesis;
using HotPath.Kinesis.Consume;
using HotPath.Kinesis.Raw;
using HotPath.TestKit;

namespace HotPath.Tests.Kinesis;

/// <summary>The consumer subscribed to the endpoint itself: over HTTP/2 with prior knowledge, as between two plants.</summary>
public sealed class FanOutFromHotPathTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Records_put_to_one_HotPath_are_pushed_to_another_while_subscriptions_end_and_shards_split()
    {
        await using var upstream = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            AllowAdministration = true,
            Streams = [new() { Name = "upstream", Shards = 2 }],
            Raw = new RawLogOptions { Directory = _directory.Combine("raw") },
            Limits = new KinesisLimits { SubscriptionMs = 200, SubscriptionSilenceMs = 50 },
        });
        using var run = new SourceRun(null, [], ShardPosition.Trim, "plant-2", upstream.Client.BaseAddress!.ToString());
        upstream.Clock.NowMicros += 1_000_000;
        for (var round = 0; round < 6; round++)
        {
            await PutAsync(upstream, Enumerable.Range(round * 100, 100));
            await run.TakenAsync((round + 1) * 100);

            // The endpoint's clock ends subscriptions; and twice their shards come to an end.
            upstream.Clock.NowMicros += 6_000_000;
            if (round is 1 or 3)
            {
                var split = await upstream.CallAsync(
                    "UpdateShardCount", $$"""{"StreamName":"upstream","TargetShardCount":{{(round == 1 ? 3 : 2)}},"ScalingType":"UNIFORM_SCALING"}""");
                Assert.True(split.Status == 200, split.Text);
            }
        }

        await run.StopAsync();

        Assert.Equal(Enumerable.Range(0, 600), run.Values.Order());
        Assert.Equal(0, upstream.Counters.Calls(KinesisOperation.GetRecords, CallOutcome.Answered));
        Assert.True(run.Settings.Counters.SubscriptionsEnded > 0);
        Assert.Empty(upstream.Faults);
    }

    private static async Task PutAsync(EndpointUnderTest endpoint, IEnumerable<int> values)
    {
        var answer = await endpoint.CallAsync("PutRecords", JsonSerializer.Serialize(new
        {
            StreamName = "upstream",
            Records = values.Select(value => new
            {
                PartitionKey = string.Create(CultureInfo.InvariantCulture, $"filler-{value % 10}"),
                Data = Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"equipmentId":"filler-{{value % 10}}","timestamp":{{1_700_000_000_000 + value}},"tag":"count","value":{{value}}}""")),
            }),
        }));
        Assert.True(answer.Status == 200, answer.Text);
    }
}
