using System.Diagnostics;
using HotPath.Faults.Campaigns;
using HotPath.TestKit.Simulation;

namespace HotPath.Faults.Simulate;

/// <summary>
/// The simulation of the ordinary test suite by the hour. A round is a number of runs with seeds of their own; what is
/// found stops nothing and is printed with its seed.
/// </summary>
internal sealed class SimulateCampaign(SimulationControl control)
{
    private const int RunsPerRound = 500;

    public Task<CampaignRecord> RunRoundAsync(int seed, long runsWanted)
    {
        var watch = Stopwatch.StartNew();
        var sum = new SimulationReport();
        var findings = new List<string>();
        var runs = (int)Math.Min(RunsPerRound, runsWanted);
        for (var run = 0; run < runs; run++)
        {
            try
            {
                // Rounds count their seeds by one; runs of different rounds must not be the same.
                var options = new SimulationOptions { Seed = unchecked((seed * RunsPerRound) + run), Control = control };
                sum.Add(SimulatedRun.Run(options));
            }
            catch (SimulationFinding finding)
            {
                findings.Add(finding.InnerException is null ? finding.Message : finding.ToString());
            }
        }

        return Task.FromResult(new CampaignRecord("", seed, runs, findings, new Dictionary<string, double>
        {
            ["simulatedHours"] = sum.SimulatedMicros / 3.6e9,
            ["steps"] = sum.Steps,
            ["slots"] = sum.Slots,
            ["callsAcknowledged"] = sum.CallsAcknowledged,
            ["kills"] = sum.Kills,
            ["powerCuts"] = sum.PowerCuts,
            ["diskFailures"] = sum.DiskFailures,
            ["diskFullEpisodes"] = sum.DiskFullEpisodes,
            ["bitFlips"] = sum.BitFlips,
            ["sinkFailures"] = sum.SinkFailures,
            ["datagramsLost"] = sum.DatagramsLost,
            ["snapshotsUsed"] = sum.SnapshotsUsed,
            ["snapshotsDamaged"] = sum.SnapshotsDamaged,
            ["snapshotsPassedOver"] = sum.SnapshotsPassedOver,
            ["runsWithRemovals"] = sum.RunsWithRemovals,
            ["referenceRows"] = sum.ReferenceRows,
            ["seconds"] = watch.Elapsed.TotalSeconds,
        }));
    }
}
