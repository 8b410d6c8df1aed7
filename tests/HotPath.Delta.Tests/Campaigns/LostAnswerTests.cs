using HotPath.Delta.Log;
using HotPath.Delta.Storage;
using HotPath.Delta.Tests.Storage;
using HotPath.Delta.Tests.Table;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Campaigns;

/// <summary>Commits that are made, and of which nobody is told: each is in the table once.</summary>
[Trait(Campaign.Trait, Campaign.Name)]
public sealed class LostAnswerTests(ITestOutputHelper output) : IDisposable
{
    private readonly S3StandIn _server = new() { PageKeys = 1000 };

    /// <summary>
    /// Every commit's own answer is lost; of some the questions that would clear it up as well, so that the writer is told
    /// that nobody knows and comes again with the same rows.
    /// </summary>
    [Fact]
    public async Task Each_commit_whose_answer_was_lost_is_there_exactly_once()
    {
        var commits = Campaign.Count(10, 1_000);
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var (lost, unknown, silence) = (0, 0, 0);
        using var store = new S3Store("bucket", "lost", new S3StoreOptions
        {
            Endpoint = _server.Endpoint,
            AccessKeyId = "key",
            SecretAccessKey = "secret",
        });
        using var table = await DeltaTable.CreateAsync(store, SmallTable.Flat, new DeltaTableOptions { WritesChecksums = false });
        _server.Fault = (method, key) =>
        {
            lock (random)
            {
                if (!key.EndsWith(".json", StringComparison.Ordinal))
                {
                    return S3Fault.None;
                }

                if (method == "GET" && silence > 0)
                {
                    silence--;
                    return S3Fault.Unavailable;
                }

                if (method != "PUT")
                {
                    return S3Fault.None;
                }

                lost++;
                silence = lost % 50 == 5 ? 100 : silence;
                return random.Next(2) == 0 ? S3Fault.LoseAnswer : S3Fault.UnavailableButDone;
            }
        };

        for (var commit = 1; commit <= commits; commit++)
        {
            while (true)
            {
                try
                {
                    var options = new AppendOptions { Txns = [new Txn("app", commit)] };
                    var outcome = (await table.AppendAsync(SmallTable.Numbers(commit), options)).Outcome;
                    Assert.True(outcome is AppendOutcome.Committed or AppendOutcome.AlreadyCommitted, $"{outcome}, seed {seed}");
                    break;
                }
                catch (CommitUnknownException)
                {
                    unknown++;
                    silence = 0;
                }
            }
        }

        _server.Fault = static (_, _) => S3Fault.None;
        using var end = await DeltaTable.OpenAsync(store);
        output.WriteLine($"seed {seed}: {commits} commits, {lost} lost answers, {unknown} times nobody knew; version {end.Snapshot.Version}");
        var rows = (await TableRows.ReadAsync(end)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(unknown > 0 && lost >= commits, $"{lost} lost, {unknown} unknown, seed {seed}");
        Assert.Equal(Enumerable.Range(1, commits).Select(n => $$"""{"n":{{n}}}""").Order(), rows.Order());
        Assert.Equal(commits, end.Snapshot.Version);
    }

    public void Dispose() => _server.Dispose();
}
