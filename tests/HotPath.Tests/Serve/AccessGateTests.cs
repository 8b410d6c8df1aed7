using System.Net;
using HotPath.Serve.Auth;

namespace HotPath.Tests.Serve;

public sealed class AccessGateTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_file);

    /// <summary>Every route and who may call it: a new one has to be added here, by someone who thought of it.</summary>
    [Fact]
    public async Task Every_route_has_the_policy_of_the_inventory()
    {
        await using var serve = await ServeFixture.StartAsync();

        var found = serve.Host.Routes.Select(route =>
            $"{route.RoutePattern.RawText} {route.Metadata.GetMetadata<RouteAccess>()?.ToString() ?? "NOBODY SAID"}");

        Assert.Equal(
            [
                "/ Viewer",
                "/api/v1/audit Engineer",
                "/api/v1/downtimes Viewer",
                "/api/v1/downtimes/{id}/acknowledge Operator",
                "/api/v1/downtimes/{id}/acknowledge Operator",
                "/api/v1/equipment Viewer",
                "/api/v1/equipment/{id} Viewer",
                "/api/v1/kpi Viewer",
                "/api/v1/live Viewer",
                "/api/v1/pareto Viewer",
                "/api/v1/rules Engineer", "/api/v1/rules Viewer", "/api/v1/rules/versions Viewer", "/api/v1/rules/versions/{version} Viewer",
             "/api/v1/rules/versions/{version}/rollback Engineer",
                "/api/v1/sources Viewer",
                "/api/v1/status Viewer",
                "/api/v1/tap Viewer",
                "/api/v1/timeline Viewer",
                "/api/v1/transitions Viewer",
                "/downtimes.js Viewer",
                "/format.js Viewer",
                "/healthz/live Anybody",
                "/healthz/ready Viewer",
                "/healthz/startup Viewer",
                "/icon.svg Viewer",
                "/machine.js Viewer",
                "/metrics Anybody",
                "/openapi/{documentName}.json Viewer",
                "/page.css Viewer",
                "/page.js Viewer",
                "/pareto.js Viewer",
                "/plant.js Viewer",
                "/session Anybody",
                "/session/end Anybody",
                "/shapes.js Viewer",
                "/strip.js Viewer",
                "/tiles.js Viewer",
                "/timeline.js Viewer",
            ],
            found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/healthz/live", HttpStatusCode.OK)]
    [InlineData("/metrics", HttpStatusCode.OK)]
    [InlineData("/healthz/ready", HttpStatusCode.Unauthorized)]
    [InlineData("/api/v1/equipment", HttpStatusCode.Unauthorized)]
    [InlineData("/api/v1/live", HttpStatusCode.Unauthorized)]
    [InlineData("/openapi/v1.json", HttpStatusCode.Unauthorized)]
    [InlineData("/page.js", HttpStatusCode.Unauthorized)]
    [InlineData("/nowhere", HttpStatusCode.Unauthorized)]
    [InlineData("/", HttpStatusCode.Unauthorized)]
    public async Task With_keys_anonymous_gets_nothing_but_life_and_metrics(string path, HttpStatusCode expected)
    {
        var (ring, _) = Ring(("ops", Role.Viewer));
        await using var serve = await ServeFixture.StartAsync(keys: ring);

        using var response = await serve.Client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Metrics_can_be_closed_to_anonymous()
    {
        var (ring, keys) = Ring(("ops", Role.Viewer));
        await using var serve = await ServeFixture.StartAsync(keys: ring, metricsAnonymous: false);

        Assert.Equal(HttpStatusCode.Unauthorized, await Status(serve, "/metrics", null));
        Assert.Equal(HttpStatusCode.OK, await Status(serve, "/metrics", "Bearer " + keys[0]));
    }

    [Fact]
    public async Task A_key_opens_what_its_role_may_and_a_wrong_one_nothing()
    {
        var (ring, keys) = Ring(("line-3", Role.Operator), ("desk", Role.Viewer));
        await using var serve = await ServeFixture.StartAsync(keys: ring);
        var swapped = keys[0].Replace("line-3", "desk", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await Status(serve, "/api/v1/equipment", "Bearer " + keys[0]));
        Assert.Equal(HttpStatusCode.OK, await Status(serve, "/api/v1/equipment", "bearer " + keys[1]));
        Assert.Equal(HttpStatusCode.NotFound, await Status(serve, "/nowhere", "Bearer " + keys[0]));
        foreach (var wrong in (string[])[swapped, keys[0][..^1], keys[0] + "0", "hp_line-3_", "hp__x", "secret", ""])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(serve, "/api/v1/equipment", "Bearer " + wrong));
        }
    }

    [Fact]
    public async Task The_page_takes_its_key_once_and_holds_it_in_a_cookie_that_no_script_reads()
    {
        var (ring, keys) = Ring(("line-3", Role.Operator));
        await using var serve = await ServeFixture.StartAsync(keys: ring);

        using var form = await serve.Client.GetAsync(new Uri("/", UriKind.Relative));
        using var wrong = await Post(serve, "hp_line-3_00");
        using var right = await Post(serve, keys[0]);

        Assert.Contains("<form", await form.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var page = await serve.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost:8080", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:8080", HttpStatusCode.OK)]
    public async Task Without_keys_only_a_loopback_name_is_answered_so_that_no_web_page_reaches_in(string host, HttpStatusCode expected)
    {
        await using var serve = await ServeFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/equipment", UriKind.Relative));
        request.Headers.Host = host;

        using var response = await serve.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_change_from_another_origin_is_refused()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/session/end", UriKind.Relative));
        request.Headers.Add("Origin", "https://evil.example");

        using var response = await serve.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public void Without_keys_it_does_not_listen_beyond_loopback()
    {
        var plant = new FakePlant();
        var http = new HotPath.Configuration.HttpOptions { Listen = new IPEndPoint(IPAddress.Any, 0) };

        Assert.Throws<ArgumentException>(() => new HotPath.Serve.HttpHost(
            new HotPath.Serve.HttpHostOptions(http, null, "0"), plant.Live, new FakeEngine(), plant.Names));
    }

    [Fact]
    public void A_key_file_is_refused_with_its_places_and_never_repeats_what_stands_there()
    {
        File.WriteAllText(_file, "keys:\n  - { id: Line 3, role: oprator, sha256: hp_line-3_secret }\n  - { id: a, sha: 00 }\n");

        Assert.False(KeyRing.TryLoad(_file, out var ring, out var faults));

        Assert.Contains(faults, fault => fault is { Line: 2, Column: 11 } && fault.Problem.Contains("\"Line 3\"", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Cure.Contains("Did you mean \"operator\"?", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Problem == "keys[1].role is missing.");
        Assert.DoesNotContain(faults, fault => fault.ToString().Contains("secret", StringComparison.Ordinal));
        Assert.False(ring.TryRole("hp_a_00", out _, out _));
    }

    private (KeyRing Ring, string[] Keys) Ring(params (string Id, Role Role)[] wanted)
    {
        var made = wanted.Select(key => ApiKey.New(key.Id, key.Role)).ToArray();
        File.WriteAllText(_file, "keys:\n" + string.Join('\n', made.Select(key => key.Line)));
        Assert.True(KeyRing.TryLoad(_file, out var ring, out var faults), string.Join('\n', faults));
        return (ring, [.. made.Select(key => key.Key)]);
    }

    private static async Task<HttpStatusCode> Status(ServeFixture serve, string path, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await serve.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> Post(ServeFixture serve, string key)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("key", key)]);
        return await serve.Client.PostAsync(new Uri("/session", UriKind.Relative), form);
    }
}
