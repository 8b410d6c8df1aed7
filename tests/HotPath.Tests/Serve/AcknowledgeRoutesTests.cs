using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HotPath.Engine.Native;
using HotPath.Serve.Auth;
using HotPath.TestKit;
using HotPath.TestKit.Disk;

namespace HotPath.Tests.Serve;

public sealed class AcknowledgeRoutesTests
{
    [Fact]
    public async Task What_an_operator_says_stands_with_the_downtime_until_it_is_taken_back()
    {
        var plant = new FakePlant().Downtime("hall 1/filler", "STOPPED", start: 5, end: 65);
        await using var serve = await ServeFixture.StartAsync(plant);
        var path = PathOf(await OnlyDowntime(serve));

        using var first = await serve.Client.PostAsJsonAsync(path, new { reason = "no material", note = "pallet was late" });
        using var second = await serve.Client.PostAsJsonAsync(path, new { reason = " wrong bottle " });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        var said = (await OnlyDowntime(serve)).GetProperty("acknowledgement");
        Assert.Equal(("wrong bottle", "local"), (said.GetProperty("reason").GetString(), said.GetProperty("by").GetString()));
        Assert.Equal(JsonValueKind.Null, said.GetProperty("note").ValueKind);

        using var withdrawn = await serve.Client.DeleteAsync(path);
        using var again = await serve.Client.DeleteAsync(path);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (withdrawn.StatusCode, again.StatusCode));
        Assert.Equal(JsonValueKind.Null, (await OnlyDowntime(serve)).GetProperty("acknowledgement").ValueKind);

        var lines = (await serve.Json("/api/v1/audit?limit=2")).GetProperty("items");
        Assert.Equal(["downtime.withdraw", "downtime.acknowledge"], lines.EnumerateArray().Select(line => line.GetProperty("what").GetString()));
        Assert.Equal("no material", lines[1].GetProperty("before").GetProperty("reason").GetString());
        Assert.Equal("wrong bottle", lines[1].GetProperty("after").GetProperty("reason").GetString());
        Assert.Equal("127.0.0.1", lines[1].GetProperty("from").GetString());
        Assert.Equal([1L], (await serve.Json("/api/v1/audit?before=2")).GetProperty("items").EnumerateArray().Select(line => line.GetProperty("number").GetInt64()));
    }

    [Fact]
    public async Task What_was_said_is_there_after_a_restart()
    {
        var disk = new SimulatedDisk();
        var plant = new FakePlant().Downtime("filler-1", "STOPPED", start: 5, end: 65);
        await using (var serve = await ServeFixture.StartAsync(plant, auditDisk: disk))
        {
            using var answer = await serve.Client.PostAsJsonAsync(PathOf(await OnlyDowntime(serve)), new { reason = "jam" });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await using var again = await ServeFixture.StartAsync(plant, auditDisk: disk.AfterPowerCut(new Random(1)));

        Assert.Equal("jam", (await OnlyDowntime(again)).GetProperty("acknowledgement").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("""{"note":"x"}""", "A reason is needed")]
    [InlineData("""{"reason":"  "}""", "blank")]
    [InlineData("""{"reason":"x","why":"y"}""", "why")]
    [InlineData("reason", "The body is not what is expected")]
    public async Task Faulty_body_is_refused_and_nothing_is_logged(string body, string words)
    {
        await using var serve = await ServeFixture.StartAsync(new FakePlant().Downtime("filler-1", "STOPPED", start: 5, end: 65));
        using var content = new StringContent(body);

        using var answer = await serve.Client.PostAsync(PathOf(await OnlyDowntime(serve)), content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty((await serve.Json("/api/v1/audit")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Viewers_may_not_say_anything_and_a_downtime_that_is_not_there_is_not_found()
    {
        var (viewer, viewerLine) = ApiKey.New("eyes", Role.Viewer);
        var (hands, handsLine) = ApiKey.New("hands", Role.Operator);
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("keys.yaml"), $"keys:\n{viewerLine}\n{handsLine}\n");
        Assert.True(KeyRing.TryLoad(directory.Combine("keys.yaml"), out var ring, out _));
        await using var serve = await ServeFixture.StartAsync(new FakePlant().Downtime("filler-1", "STOPPED", start: 5, end: 65), ring);
        async Task<HttpStatusCode> Say(string? key, string id)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/downtimes/{Uri.EscapeDataString(id)}/acknowledge")
            {
                Content = JsonContent.Create(new { reason = "jam" }),
            };
            request.Headers.Authorization = key is null ? null : new("Bearer", key);
            using var answer = await serve.Client.SendAsync(request);
            return answer.StatusCode;
        }

        var id = $"line@filler-1@{FakePlant.At(5)}";
        Assert.Equal(HttpStatusCode.Unauthorized, await Say(null, id));
        Assert.Equal(HttpStatusCode.Forbidden, await Say(viewer, id));
        Assert.Equal(HttpStatusCode.OK, await Say(hands, id));
        Assert.Equal(HttpStatusCode.NotFound, await Say(hands, id + "0"));
    }

    [Fact]
    public async Task What_cannot_be_logged_is_not_said()
    {
        await using var serve = await ServeFixture.StartAsync(new FakePlant().Downtime("filler-1", "STOPPED", start: 5, end: 65));
        serve.AuditDisk.Fault = (_, _) => new DiskError(DiskError.InputOutput);

        using var answer = await serve.Client.PostAsJsonAsync(PathOf(await OnlyDowntime(serve)), new { reason = "jam" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(JsonValueKind.Null, (await OnlyDowntime(serve)).GetProperty("acknowledgement").ValueKind);
    }

    private static async Task<JsonElement> OnlyDowntime(ServeFixture serve) =>
        Assert.Single((await serve.Json("/api/v1/downtimes")).GetProperty("items").EnumerateArray().ToList());

    private static Uri PathOf(JsonElement downtime) => new(
        $"/api/v1/downtimes/{Uri.EscapeDataString(downtime.GetProperty("downtimeId").GetString()!)}/acknowledge", UriKind.Relative);
}
