using System.Net;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

public sealed class SystemRoutesTests
{
    [Fact]
    public async Task Status_holds_the_books_and_they_balance()
    {
        await using var serve = await ServeFixture.StartAsync();

        var books = (await serve.Json("/api/v1/status")).GetProperty("books");

        Assert.Equal(books.GetProperty("received").GetInt64(),
            books.GetProperty("accepted").GetInt64() + books.GetProperty("rejected").GetInt64());
        Assert.Equal(7, books.GetProperty("rejectedByReason").GetProperty("malformed").GetInt64());
        Assert.Equal(3, books.GetProperty("rejectedByReason").GetProperty("unknown_encoding").GetInt64());
    }

    [Fact]
    public async Task Readiness_names_the_check_that_fails_and_why()
    {
        await using var serve = await ServeFixture.StartAsync();
        serve.Engine.Checks = [new CheckView("journal", false, "fdatasync failed: no space left"), new CheckView("listeners", true, "2 bound")];

        using var response = await serve.Client.GetAsync(new Uri("/healthz/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(
            """{"status":"fail","checks":[{"name":"startup","status":"pass","reason":"recovered, listeners bound"},{"name":"journal","status":"fail","reason":"fdatasync failed: no space left"},{"name":"listeners","status":"pass","reason":"2 bound"}]}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Live_passes_while_start_up_still_fails()
    {
        await using var serve = await ServeFixture.StartAsync();
        serve.Engine.IsStarted = false;

        using var live = await serve.Client.GetAsync(new Uri("/healthz/live", UriKind.Relative));
        using var startup = await serve.Client.GetAsync(new Uri("/healthz/startup", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, startup.StatusCode);
    }

    [Fact]
    public async Task Rules_are_shown_as_written()
    {
        await using var serve = await ServeFixture.StartAsync();

        var rules = await serve.Json("/api/v1/rules");

        Assert.Equal(7, rules.GetProperty("version").GetInt64());
        Assert.Equal("version: 1\nrules: []\n", rules.GetProperty("document").GetString());
        Assert.True(rules.GetProperty("rules")[0].GetProperty("drivesDowntime").GetBoolean());
    }

    [Fact]
    public async Task OpenApi_lists_every_route_of_the_api()
    {
        await using var serve = await ServeFixture.StartAsync();

        var paths = (await serve.Json("/openapi/v1.json")).GetProperty("paths");

        Assert.Equal(
            ["/api/v1/audit", "/api/v1/downtimes", "/api/v1/downtimes/{id}/acknowledge", "/api/v1/equipment", "/api/v1/equipment/{id}", "/api/v1/kpi", "/api/v1/live", "/api/v1/pareto",
             "/api/v1/rules", "/api/v1/rules/versions", "/api/v1/rules/versions/{version}",
             "/api/v1/rules/versions/{version}/rollback", "/api/v1/sources", "/api/v1/status", "/api/v1/tap", "/api/v1/timeline", "/api/v1/transitions", "/healthz/live",
             "/healthz/ready", "/healthz/startup", "/metrics"],
            paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.Contains("from", paths.GetProperty("/api/v1/downtimes").GetProperty("get").GetProperty("parameters")
            .EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task What_does_not_exist_says_where_to_look()
    {
        await using var serve = await ServeFixture.StartAsync();

        var problem = await serve.Refused(HttpStatusCode.NotFound, "/api/v2/equipment");

        Assert.Equal("There is nothing at /api/v2/equipment. /openapi/v1.json lists what there is.", problem.GetProperty("detail").GetString());
    }
}
