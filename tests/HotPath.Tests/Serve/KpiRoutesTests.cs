using System.Text.Json;

namespace HotPath.Tests.Serve;

public sealed class KpiRoutesTests
{
    private const string Window = "from=2026-03-01T07:00:00Z&to=2026-03-01T07:16:40Z";

    /// <summary>1,000 s: 200 planned and 100 unknown leave 700 busy; two stops of 150 in all and a micro-stop of 20 leave 530 up.</summary>
    [Fact]
    public async Task Key_figures_follow_from_the_downtimes_within_the_window()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "UNKNOWN", "ACTIVE", at: -500)
            .Downtime("filler-1", "STOPPED", start: -100, end: 50, sameLsn: false)
            .Downtime("filler-1", "CHANGEOVER", start: 100, end: 300, sameLsn: false)
            .Downtime("filler-1", "NO_DATA", start: 300, end: 400, sameLsn: false)
            .Downtime("filler-1", "STOPPED", start: 500, end: 520, micro: true, sameLsn: false)
            .Downtime("filler-1", "STOPPED", start: 900, end: 1_400, sameLsn: false)
            .Transition("filler-2", "UNKNOWN", "ACTIVE", at: -500)
            .Transition("filler-3", "UNKNOWN", "CHANGEOVER", at: -500)
            .Downtime("filler-3", "CHANGEOVER", start: -500, end: 2_000, sameLsn: false);
        await using var serve = await ServeFixture.StartAsync(plant);

        var kpi = await serve.Json("/api/v1/kpi?" + Window);

        Assert.Equal(3, kpi.GetProperty("total").GetInt32());
        var lines = kpi.GetProperty("lines").EnumerateArray().ToList();
        Assert.Equal(["filler-1", "filler-2", "filler-3"], lines.Select(line => line.GetProperty("equipmentId").GetString()));
        Assert.Equal(530.0 / 700, Number(lines[0], "availability"), 1e-12);
        Assert.Equal((265.0, 75.0, 2.0), (Number(lines[0], "mtbfSeconds"), Number(lines[0], "mttrSeconds"), Number(lines[0], "stops")));
        Assert.Equal((1.0, 20.0), (Number(lines[0], "microStops"), Number(lines[0], "microStopSeconds")));
        Assert.Equal((200.0, 100.0), (Number(lines[0], "plannedSeconds"), Number(lines[0], "unknownSeconds")));

        Assert.Equal(1, Number(lines[1], "availability"));
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("mtbfSeconds").ValueKind);
        Assert.Equal(JsonValueKind.Null, lines[2].GetProperty("availability").ValueKind);

        var one = (await serve.Json("/api/v1/kpi?equipment=*-2&limit=1&" + Window)).GetProperty("lines").EnumerateArray();
        Assert.Equal(["filler-2"], one.Select(line => line.GetProperty("equipmentId").GetString()));
        Assert.Empty((await serve.Json("/api/v1/kpi?rule=absent&" + Window)).GetProperty("lines").EnumerateArray());
    }

    private static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();
}
