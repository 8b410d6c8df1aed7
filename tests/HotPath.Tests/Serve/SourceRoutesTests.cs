using System.Net;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

public sealed class SourceRoutesTests
{
    [Fact]
    public async Task A_source_has_its_lag_skew_silence_lateness_and_loss()
    {
        var plant = new FakePlant();
        await using var serve = await ServeFixture.StartAsync(plant);
        serve.Engine.Survey = Survey(plant);

        var page = await serve.Json("/api/v1/sources");

        Assert.Equal(2, page.GetProperty("total").GetInt32());
        var slow = page.GetProperty("items")[0];
        Assert.Equal("gateway-slow", slow.GetProperty("id").GetString());
        Assert.Equal("2026-03-01T07:00:40Z", slow.GetProperty("progressAt").GetString());
        Assert.Equal((60.0, 5.0, 55.0), (Number(slow, "lagSeconds"), Number(slow, "skewSeconds"), Number(slow, "silentSeconds")));
        Assert.Equal((3.0, 7.0, 2.5), (Number(slow, "machinesHeld"), Number(slow, "lateReadings"), Number(slow, "lateSecondsMax")));
        Assert.Equal((2.0, 11.0), (Number(slow, "datagramsLost"), Number(slow, "readingsLost")));
        Assert.False(slow.GetProperty("isIdle").GetBoolean());

        // Nobody knows what was lost of a source that sends no frames.
        Assert.Equal(JsonValueKind.Null, page.GetProperty("items")[1].GetProperty("readingsLost").ValueKind);
    }

    [Fact]
    public async Task The_machines_that_are_furthest_behind_name_whom_they_wait_for()
    {
        var plant = new FakePlant();
        await using var serve = await ServeFixture.StartAsync(plant);
        serve.Engine.Survey = Survey(plant);

        var machines = (await serve.Json("/api/v1/sources?machines=2&sort=held")).GetProperty("machines").EnumerateArray().ToList();

        Assert.Equal(["filler-2", "filler-1"], machines.Select(machine => machine.GetProperty("equipmentId").GetString()));
        Assert.Equal(["gateway-slow", null], machines.Select(machine => machine.GetProperty("heldBy").GetString()));
        Assert.Equal((70.0, 4.0), (Number(machines[0], "lagSeconds"), Number(machines[0], "waitingReadings")));
        var one = (await serve.Json("/api/v1/sources?equipment=*-3")).GetProperty("machines").EnumerateArray();
        Assert.Equal(["filler-3"], one.Select(machine => machine.GetProperty("equipmentId").GetString()));
    }

    [Fact]
    public async Task Sources_come_page_by_page_and_can_be_searched()
    {
        var plant = new FakePlant();
        await using var serve = await ServeFixture.StartAsync(plant);
        serve.Engine.Survey = Survey(plant);

        var first = await serve.Json("/api/v1/sources?limit=1&sort=id");
        var second = await serve.Json("/api/v1/sources?limit=1&sort=id&cursor=" + first.GetProperty("next").GetString());

        Assert.Equal("gateway-fast", first.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal("gateway-slow", second.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(1, (await serve.Json("/api/v1/sources?search=FAST")).GetProperty("total").GetInt32());
        var problem = await serve.Refused(HttpStatusCode.BadRequest, "/api/v1/sources?sort=speed");
        Assert.Equal("sort cannot be \"speed\": lag, held, late, lost, id.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Shards_that_never_answered_leave_the_page_empty()
    {
        await using var serve = await ServeFixture.StartAsync();

        var page = await serve.Json("/api/v1/sources");

        Assert.Equal((JsonValueKind.Null, 0), (page.GetProperty("at").ValueKind, page.GetProperty("total").GetInt32()));
    }

    private static SurveyView Survey(FakePlant plant)
    {
        var vitals = new MachineVital[8];
        vitals[plant.Equipment("filler-1")] = Vital(35, holderPlusOne: 0, waiting: 0);
        vitals[plant.Equipment("filler-2")] = Vital(30, Source(plant, "gateway-slow") + 1, waiting: 4);
        vitals[plant.Equipment("filler-3")] = Vital(99, Source(plant, "gateway-fast") + 1, waiting: 0);
        return new SurveyView(
            FakePlant.At(100), FakePlant.At(100), 3, vitals,
            [
                new(Source(plant, "gateway-slow"), FakePlant.At(40), FakePlant.At(45), false, 3, 7, 2_500_000, new LossView(2, 11)),
                new(Source(plant, "gateway-fast"), FakePlant.At(99), FakePlant.At(98), false, 1, 0, 0, null),
            ],
            [(FakePlant.At(30), 4)]);
    }

    private static MachineVital Vital(double at, int holderPlusOne, int waiting) => new()
    {
        EventMicros = FakePlant.At(at),
        ReceivedMicros = FakePlant.At(at),
        WatermarkMicros = FakePlant.At(at),
        HolderPlusOne = holderPlusOne,
        WaitingCount = waiting,
    };

    private static int Source(FakePlant plant, string id)
    {
        plant.Names.Sources.TryIntern(Encoding.UTF8.GetBytes(id), 0, out var index);
        return index;
    }

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();
}
