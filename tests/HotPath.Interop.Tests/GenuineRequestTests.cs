using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>Requests that three SDKs have signed, of every shape that they send: all are accepted.</summary>
public sealed class GenuineRequestTests
{
    private const string OneCase = """
        version: 1
        rules:
          - { id: line, groups: [{ name: g, cases: [{ state: HIGH, when: t > 100 }], else: LOW }] }
        """;

    [InteropFact(Need.Node | Need.Boto3)]
    public async Task Ten_thousand_requests_of_three_SDKs_are_all_accepted()
    {
        using var directory = new TemporaryDirectory();
        using var service = await StartAsync(directory);
        var accepted = 0;
        foreach (var sdk in new[] { "v3", "v3-http1", "v2" })
        {
            accepted += await AcceptedAsync(service, 1_250, "--sdk", sdk);
            accepted += await AcceptedAsync(service, 1_250, Surroundings.SessionCredentials, "--sdk", sdk);
        }

        accepted += await AcceptedByBotoAsync(service, 1_250, null);
        accepted += await AcceptedByBotoAsync(service, 1_250, Surroundings.SessionCredentials);

        Assert.Equal(10_000, accepted);
        Assert.Equal(0, await service.StopAsync());
    }

    /// <summary>The SDK is refused once, sets its clock by the answer's date, and is refused no more.</summary>
    [InteropTheory(Need.Node)]
    [InlineData("v3", 20)]
    [InlineData("v3", -20)]
    [InlineData("v3-http1", 600)]
    [InlineData("v2", 20)]
    [InlineData("v2", -600)]
    public async Task A_client_whose_clock_is_wrong_sets_it_right_by_the_refusal(string sdk, int offsetMinutes)
    {
        using var directory = new TemporaryDirectory();
        using var service = await StartAsync(directory);
        var offsetMs = (offsetMinutes * 60_000).ToString(System.Globalization.CultureInfo.InvariantCulture);

        var counts = await CountsAsync(service, 50, null, "--sdk", sdk, $"--offset-ms={offsetMs}");

        Assert.Equal(50, counts.GetProperty("accepted").GetInt32());
        Assert.Equal(51, counts.GetProperty("attempts").GetInt32());
    }

    private static Task<HotPathProcess> StartAsync(TemporaryDirectory directory)
    {
        var rules = directory.Combine("rules.yaml");
        File.WriteAllText(rules, OneCase);
        return HotPathProcess.StartAsync(directory.Path, rules, "ms");
    }

    private static Task<int> AcceptedAsync(HotPathProcess service, int requests, params string[] more) =>
        AcceptedAsync(service, requests, null, more);

    private static async Task<int> AcceptedAsync(
        HotPathProcess service, int requests, IReadOnlyDictionary<string, string>? environment, params string[] more) =>
        (await CountsAsync(service, requests, environment, more)).GetProperty("accepted").GetInt32();

    private static async Task<JsonElement> CountsAsync(
        HotPathProcess service, int requests, IReadOnlyDictionary<string, string>? environment, params string[] more)
    {
        var output = await ChildProcess.RunAsync(
            "node",
            [Path.Combine(Repository.InteropTools, "genuine.mjs"), service.Endpoint, "--requests", Text(requests), .. more],
            environment: environment);
        return Counts(output);
    }

    private static async Task<int> AcceptedByBotoAsync(
        HotPathProcess service, int requests, IReadOnlyDictionary<string, string>? environment)
    {
        var output = await ChildProcess.RunAsync(
            Surroundings.Python,
            [Path.Combine(Repository.InteropTools, "genuine.py"), service.Endpoint, "--requests", Text(requests)],
            environment: environment);
        return Counts(output).GetProperty("accepted").GetInt32();
    }

    private static JsonElement Counts(string output)
    {
        var counts = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.True(counts.GetProperty("refused").GetInt32() == 0, counts.GetProperty("firstRefusal").GetString());
        return counts;
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
