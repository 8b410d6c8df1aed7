namespace HotPath.Faults.Campaigns;

/// <summary>What one round of a campaign was and found: a line of the state file.</summary>
/// <param name="Campaign">Its name and what distinguishes it, e.g. <c>power-ext4</c>.</param>
/// <param name="Seed">With which the round was run; no two rounds of a state file share one.</param>
/// <param name="Faults">Faults really injected.</param>
/// <param name="Findings">What should not have been, in words; empty is good.</param>
/// <param name="Counts">What else was counted, e.g. readings acknowledged.</param>
internal sealed record CampaignRecord(
    string Campaign, int Seed, long Faults, IReadOnlyList<string> Findings, IReadOnlyDictionary<string, double> Counts);
