using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HotPath.Configuration;
using HotPath.Delta;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;
using HotPath.Serve.Auth;
using HotPath.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotPath.Tests;

/// <summary>Rules changed while the whole process runs, by files and over HTTP, and what a restart makes of it.</summary>
public sealed class RuleBookTests
{
    private static readonly Uri RulesPath = new("api/v1/rules", UriKind.Relative);

    [Fact]
    public async Task What_was_put_over_HTTP_survives_a_restart_while_the_files_stay_as_they_are()
    {
        using var directory = new TemporaryDirectory();
        await using (var first = await StartAsync(directory, Rules("file", 1)))
        {
            var put = await PutAsync(first, Rules("put", 2));
            Assert.Equal("applied", put.GetProperty("outcome").GetString());
            Assert.Equal(["put"], Texts(put, "added"));
            Assert.Equal(["file"], Texts(put, "removed"));
            await first.StopAsync();
        }

        await using var second = await StartAsync(directory, Rules("file", 1));

        Assert.Equal((2, Rules("put", 2)), (second.Book.Current.Version, second.Book.Current.Document));
        await second.StopAsync();
    }

    [Fact]
    public async Task Who_changed_the_rules_stands_in_the_audit_log()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);
        await PutAsync(pipeline, Rules("put", 2));
        using var back = await http.PostAsync(new Uri("api/v1/rules/versions/1/rollback", UriKind.Relative), null);

        var lines = (await http.GetFromJsonAsync<JsonElement>("api/v1/audit")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(
            ["rules.rollback local 2 3", "rules.change local 1 2", "rules.change files 0 1"],
            lines.Select(line => $"{line.GetProperty("what")} {line.GetProperty("who")} {line.GetProperty("before").GetProperty("version")} {line.GetProperty("after").GetProperty("version")}"));
        Assert.Equal(RuleBook.Sha256Of(Rules("put", 2)), lines[1].GetProperty("after").GetProperty("sha256").GetString());
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Files_that_changed_meanwhile_are_taken_as_a_new_version()
    {
        using var directory = new TemporaryDirectory();
        await using (var first = await StartAsync(directory, Rules("file", 1)))
        {
            await PutAsync(first, Rules("put", 2));
            await first.StopAsync();
        }

        await using var second = await StartAsync(directory, Rules("file", 3));

        Assert.Equal((3, Rules("file", 3)), (second.Book.Current.Version, second.Book.Current.Document));
        await second.StopAsync();
    }

    /// <summary>A file that was broken at night must not keep the service from starting again in the morning.</summary>
    [Fact]
    public async Task With_faulty_files_a_restart_goes_on_with_the_last_good_rules()
    {
        using var directory = new TemporaryDirectory();
        await using (var first = await StartAsync(directory, Rules("file", 1)))
        {
            await first.StopAsync();
        }

        await using var second = await Pipeline.StartAsync(
            Configuration(directory), rules: null, ["rules.yaml:3:1: broken"], NullLoggerFactory.Instance);

        Assert.Equal((1, Rules("file", 1)), (second.Book.Current.Version, second.Book.Current.Document));
        Assert.Equal("rules.yaml:3:1: broken", second.Book.Current.LastReloadProblem);
        await second.StopAsync();
    }

    [Fact]
    public async Task Without_any_rules_there_is_no_start()
    {
        using var directory = new TemporaryDirectory();

        var refused = await Assert.ThrowsAsync<RulesRefusedException>(() => Pipeline.StartAsync(
            Configuration(directory), rules: null, ["rules.yaml:3:1: broken"], NullLoggerFactory.Instance));

        Assert.Equal(["rules.yaml:3:1: broken"], refused.Faults);
    }

    [Fact]
    public async Task A_faulty_document_is_refused_with_every_fault_and_the_last_good_one_stays()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);

        using var answer = await http.PutAsync(RulesPath, Yaml("version: 1\nrules:\n  - id: r\n    grups: []\n    staleAfter: 30\n"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var faults = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("faults").EnumerateArray().ToList();
        Assert.Equal([(3, 5), (4, 5), (5, 17)], faults.Select(fault => (fault.GetProperty("line").GetInt32(), fault.GetProperty("column").GetInt32())));
        Assert.Contains("did you mean groups?", faults[1].GetProperty("cure").GetString(), StringComparison.Ordinal);
        Assert.Equal((1, Rules("file", 1)), (pipeline.Book.Current.Version, pipeline.Book.Current.Document));
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task A_dry_run_says_what_would_change_and_changes_nothing()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);
        var words = pipeline.Engine.Names.Words.Count;

        using var answer = await http.PutAsync(new Uri("api/v1/rules?dryRun=true", UriKind.Relative), Yaml(Rules("file", 2)));

        var said = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("fits", said.GetProperty("outcome").GetString());
        Assert.Equal(["file"], Texts(said, "changed"));
        Assert.Equal((1, Rules("file", 1)), (pipeline.Book.Current.Version, pipeline.Book.Current.Document));
        Assert.Equal(words, pipeline.Engine.Names.Words.Count);
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Who_has_seen_an_older_version_cannot_undo_a_newer_one_unseen()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);
        using var read = await http.GetAsync(RulesPath);
        Assert.Equal("\"1\"", read.Headers.ETag?.Tag);
        await PutAsync(pipeline, Rules("other", 2));

        using var request = new HttpRequestMessage(HttpMethod.Put, RulesPath) { Content = Yaml(Rules("mine", 3)) };
        request.Headers.IfMatch.Add(read.Headers.ETag!);
        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        Assert.Equal(Rules("other", 2), pipeline.Book.Current.Document);
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Roll_back_is_a_new_version_and_all_of_them_are_listed()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);
        await PutAsync(pipeline, Rules("put", 2));

        using var back = await http.PostAsync(new Uri("api/v1/rules/versions/1/rollback", UriKind.Relative), null);
        using var none = await http.PostAsync(new Uri("api/v1/rules/versions/9/rollback", UriKind.Relative), null);

        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Equal((3, Rules("file", 1)), (pipeline.Book.Current.Version, pipeline.Book.Current.Document));
        var versions = await http.GetFromJsonAsync<JsonElement>("api/v1/rules/versions?limit=2");
        Assert.Equal([3, 2], versions.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("version").GetInt64()));
        Assert.Equal(2, versions.GetProperty("next").GetInt64());
        var second = await http.GetFromJsonAsync<JsonElement>("api/v1/rules/versions/2");
        Assert.Equal(Rules("put", 2), second.GetProperty("document").GetString());
        await pipeline.StopAsync();
    }

    /// <summary>A journal is not kept for ever; the table rules is.</summary>
    [Fact]
    public async Task Versions_that_are_forgotten_come_from_the_table()
    {
        using var directory = new TemporaryDirectory();
        await using (var pipeline = await StartAsync(directory, Rules("file", 1)))
        {
            await PutAsync(pipeline, Rules("put", 2));
            await PutAsync(pipeline, Rules("put", 3));
            await pipeline.StopAsync();
        }

        var names = new NameTables();
        var catalog = new RuleCatalog(names);
        var versions = new RuleVersions(catalog, directory.Combine("tables"), new DeltaTableOptions());
        foreach (var version in new[] { 2, 3 })
        {
            Assert.True(RuleDocument.TryParse(Rules("put", version), out var put, out _));
            Assert.True(catalog.TryAdd(version, put, 0, out _));
            versions.Add(new RuleChange(version, 100, 5));
        }

        // No record is kept any longer that was made with version 2.
        catalog.ForgetBelow(3);

        Assert.Equal([3, 2, 1], (await versions.ListAsync(long.MaxValue, 10, CancellationToken.None)).Select(one => one.Version));
        Assert.Equal([2], (await versions.ListAsync(3, 1, CancellationToken.None)).Select(one => one.Version));
        Assert.Equal(Rules("file", 1), (await versions.FindAsync(1, CancellationToken.None))?.Document);
        Assert.Equal(Rules("put", 2), (await versions.FindAsync(2, CancellationToken.None))?.Document);
        Assert.Equal(Rules("put", 3), (await versions.FindAsync(3, CancellationToken.None))?.Document);
        Assert.Null(await versions.FindAsync(4, CancellationToken.None));
    }

    [Fact]
    public async Task Only_an_engineer_changes_rules_and_anybody_who_sees_may_read_them()
    {
        using var directory = new TemporaryDirectory();
        var (viewer, viewerLine) = ApiKey.New("eyes", Role.Viewer);
        var (engineer, engineerLine) = ApiKey.New("hands", Role.Engineer);
        File.WriteAllText(directory.Combine("keys.yaml"), $"keys:\n{viewerLine}\n{engineerLine}\n");
        await using var pipeline = await StartAsync(directory, Rules("file", 1), directory.Combine("keys.yaml"));

        async Task<HttpStatusCode> Send(HttpMethod method, string? key)
        {
            using var http = Client(pipeline);
            http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
            using var request = new HttpRequestMessage(method, RulesPath) { Content = method == HttpMethod.Put ? Yaml(Rules("put", 2)) : null };
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await Send(HttpMethod.Get, viewer));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Put, null));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(HttpMethod.Put, viewer));
        Assert.Equal(HttpStatusCode.OK, await Send(HttpMethod.Put, engineer));
        Assert.Equal(2, pipeline.Book.Current.Version);
        await pipeline.StopAsync();
    }

    [Fact]
    public async Task OpenApi_says_what_changing_rules_takes_and_answers()
    {
        using var directory = new TemporaryDirectory();
        await using var pipeline = await StartAsync(directory, Rules("file", 1));
        using var http = Client(pipeline);

        var paths = (await http.GetFromJsonAsync<JsonElement>("openapi/v1.json")).GetProperty("paths");

        var put = paths.GetProperty("/api/v1/rules").GetProperty("put");
        Assert.True(put.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/yaml", out _));
        Assert.Equal(["200", "400", "412", "422"], put.GetProperty("responses").EnumerateObject().Select(one => one.Name).Order());
        Assert.Equal("dryRun", put.GetProperty("parameters")[0].GetProperty("name").GetString());
        Assert.True(paths.TryGetProperty("/api/v1/rules/versions/{version}/rollback", out _));
        await pipeline.StopAsync();
    }

    private static string Rules(string id, int limit) =>
        $"version: 1\nrules:\n  - id: {id}\n    groups: [{{ name: g, cases: [{{ state: UP, when: speed > {limit} }}] }}]\n";

    private static StringContent Yaml(string text) => new(text, Encoding.UTF8, "application/yaml");

    private static HttpClient Client(Pipeline pipeline) => new() { BaseAddress = new Uri($"http://{pipeline.Http.Address}") };

    private static IEnumerable<string?> Texts(JsonElement said, string list) =>
        said.GetProperty(list).EnumerateArray().Select(text => text.GetString());

    private static async Task<JsonElement> PutAsync(Pipeline pipeline, string rules)
    {
        using var http = Client(pipeline);
        using var answer = await http.PutAsync(RulesPath, Yaml(rules));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static Task<Pipeline> StartAsync(TemporaryDirectory directory, string files, string? keys = null)
    {
        Assert.True(RuleDocument.TryParse(files, out var rules, out var faults), string.Join('\n', faults));
        return Pipeline.StartAsync(Configuration(directory, keys), rules, NullLoggerFactory.Instance);
    }

    private static HotPathConfiguration Configuration(TemporaryDirectory directory, string? keys = null) => new()
    {
        Data = directory.Combine("data"),
        Udp = [],
        Kinesis = null,
        Http = new HttpOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Keys = keys },
        Delta = new DeltaOptions { Location = directory.Combine("tables"), FlushRows = 100_000 },
    };
}
