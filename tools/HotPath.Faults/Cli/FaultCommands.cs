using System.CommandLine;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Kills;
using HotPath.Faults.Simulate;
using HotPath.Faults.Target;
using HotPath.TestKit.Simulation;

namespace HotPath.Faults.Cli;

/// <summary>The campaigns from the command line. Exit code 0: nothing found (a control: caught); 1: found; 2: usage.</summary>
internal sealed class FaultCommands
{
    /// <summary>What a control is given to be caught by.</summary>
    private const int ControlFaults = 10;

    private readonly Option<int> _seed = new("--seed") { Description = "Of the first round; later rounds count on", DefaultValueFactory = _ => 1 };

    private readonly Option<string?> _state = new("--state") { Description = "File of finished rounds (JSON lines): the campaign goes on and adds up" };

    private readonly Option<string> _work = new("--work")
    {
        Description = "Directory for everything the service under test writes",
        DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "hotpath-faults"),
    };

    private readonly Option<bool> _control = new("--control") { Description = "The negative control: broken on purpose, must be caught" };

    public RootCommand Build() => new("Breaks HotPath on purpose and says what came of it.")
    {
        Simulate(),
        Kills(),
    };

    private static Option<long> Count(long usual) => new("--count")
    {
        Description = "Faults in all rounds of the state file together",
        DefaultValueFactory = _ => usual,
    };

    private Command Simulate()
    {
        var count = Count(1_000);
        var control = new Option<SimulationControl>("--break") { Description = "The negative control: what is broken on purpose" };
        var command = new Command("simulate", "The whole engine on one thread, by seed, with everything going wrong.")
        {
            count, control, _seed, _state, _work,
        };
        command.SetAction((parsed, _) =>
        {
            var campaign = new SimulateCampaign(parsed.GetValue(_work)!, parsed.GetValue(control));
            return RunAsync(
                parsed, "simulate", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(control) != SimulationControl.None);
        });
        return command;
    }

    private Command Kills()
    {
        var count = Count(100);
        var command = new Command("kills", "kill -9 and SIGSTOP at random points under PutRecords and UDP.") { count, _seed, _state, _work, _control };
        command.SetAction((parsed, _) =>
        {
            var campaign = new KillCampaign(parsed.GetValue(_work)!, parsed.GetValue(_control));
            return RunAsync(parsed, "kills", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(_control));
        });
        return command;
    }

    private async Task<int> RunAsync(
        ParseResult parsed, string name, long count, Func<int, long, Task<CampaignRecord>> runRound, bool isControl)
    {
        var state = new CampaignState(isControl ? null : parsed.GetValue(_state));
        try
        {
            var isClean = await new Campaign(name, state, Console.Out).RunAsync(isControl ? ControlFaults : count, parsed.GetValue(_seed), runRound);
            if (isControl)
            {
                Console.WriteLine(isClean ? $"{name}: the control was NOT caught" : $"{name}: the control was caught");
            }

            return isClean == isControl ? 1 : 0;
        }
        catch (CampaignFaultException fault)
        {
            Console.Error.WriteLine($"hotpath-faults: {fault.Message}");
            return 1;
        }
    }
}
