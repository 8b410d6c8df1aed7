using HotPath.TestKit;
using HotPath.TestKit.Simulation;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Simulation;

/// <summary>The whole engine by seed, with crashes, power cuts and failing disks; and that what is broken is caught.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>Hours are <c>hotpath-faults simulate</c>.</summary>
    private const int RunCount = 200;

    /// <summary>A control must be caught within so many runs.</summary>
    private const int ControlRunCountMax = 300;

    [Fact]
    public void Whatever_breaks_nothing_acknowledged_is_lost_and_everything_is_a_function_of_the_journal()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var sum = new SimulationReport();
        for (var run = 0; run < RunCount; run++)
        {
            sum.Add(SimulatedRun.Run(new SimulationOptions { Seed = unchecked(seed + run) }));
        }

        output.WriteLine(sum.ToString());
        Assert.True(sum.Kills > 0 && sum.PowerCuts > 0 && sum.DiskFailures > 0 && sum.SinkFailures > 0, "nothing was broken");
        Assert.True(sum.SnapshotsUsed > 0 && sum.SnapshotsPassedOver > 0 && sum.RunsWithRemovals > 0, "snapshots were not tried");
        Assert.True(sum.CallsAcknowledged > 0 && sum.ReferenceRows > 0, "nothing was proven");
    }

    [Theory]
    [InlineData(SimulationControl.LyingDisk)]
    [InlineData(SimulationControl.EarlyAcknowledgement)]
    [InlineData(SimulationControl.ForgetfulSink)]
    [InlineData(SimulationControl.ForgedSnapshot)]
    [InlineData(SimulationControl.ForgetfulRetention)]
    internal void What_is_broken_on_purpose_is_caught(SimulationControl control)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");

        var finding = Enumerable.Range(seed, ControlRunCountMax)
            .Select(each => FindingOf(new SimulationOptions { Seed = each, Control = control }))
            .FirstOrDefault(found => found is not null);

        Assert.NotNull(finding);
        output.WriteLine(finding.Message);
    }

    private static SimulationFinding? FindingOf(SimulationOptions options)
    {
        try
        {
            SimulatedRun.Run(options);
            return null;
        }
        catch (SimulationFinding finding)
        {
            return finding;
        }
    }
}
