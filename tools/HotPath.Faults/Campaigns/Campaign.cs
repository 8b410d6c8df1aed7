using System.Globalization;

namespace HotPath.Faults.Campaigns;

/// <summary>
/// Runs rounds until enough faults were injected, all rounds of the state file counted, and says what came of it.
/// </summary>
internal sealed class Campaign(string name, CampaignState state, TextWriter output)
{
    /// <summary>Runs what is missing.</summary>
    /// <param name="faultsWanted">In all rounds together.</param>
    /// <param name="seed">Of the first round ever; later rounds count on from it.</param>
    /// <param name="runRound">A seed, and how many faults are still wanted, to a finished round.</param>
    /// <param name="isControl">It is caught by its first finding.</param>
    /// <returns>True if nothing was found.</returns>
    public async Task<bool> RunAsync(long faultsWanted, int seed, Func<int, long, Task<CampaignRecord>> runRound, bool isControl = false)
    {
        while (Done() is var done && done < faultsWanted && !(isControl && state.Of(name).Any(round => round.Findings.Count > 0)))
        {
            var roundSeed = unchecked(seed + state.Of(name).Count());
            var record = await runRound(roundSeed, faultsWanted - done);
            state.Add(record with { Campaign = name });
            await output.WriteLineAsync(
                $"{name}: seed {roundSeed}, {record.Faults} faults, {Text(record.Counts)}, {record.Findings.Count} findings");
            foreach (var finding in record.Findings)
            {
                await output.WriteLineAsync($"  {finding}");
            }

            if (record.Faults == 0)
            {
                await output.WriteLineAsync($"{name}: a round without a fault proves nothing; stopped.");
                return false;
            }
        }

        return await SumUpAsync();
    }

    private long Done() => state.Of(name).Sum(record => record.Faults);

    private async Task<bool> SumUpAsync()
    {
        var records = state.Of(name).ToList();
        var counts = records
            .SelectMany(record => record.Counts)
            .GroupBy(count => count.Key)
            .ToDictionary(group => group.Key, group => IsMaximum(group.Key) ? group.Max(c => c.Value) : group.Sum(c => c.Value));
        var findings = records.Sum(record => record.Findings.Count);
        await output.WriteLineAsync(
            $"{name}: in all {records.Count} rounds, seeds {records.Min(r => r.Seed)} to {records.Max(r => r.Seed)}, {Done()} faults, "
            + $"{Text(counts)}, {findings} findings");
        return findings == 0;
    }

    private static bool IsMaximum(string count) => count.EndsWith("max", StringComparison.OrdinalIgnoreCase);

    private static string Text(IReadOnlyDictionary<string, double> counts) => string.Join(
        ", ", counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value:#,0.###}")));
}
