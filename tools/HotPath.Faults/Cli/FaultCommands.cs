using System.CommandLine;
using HotPath.Faults.Calls;
using HotPath.Faults.Campaigns;
using HotPath.Faults.Damage;
using HotPath.Faults.Full;
using HotPath.Faults.Kills;
using HotPath.Faults.Power;
using HotPath.Faults.Simulate;
using HotPath.Faults.Sink;
using HotPath.Faults.Target;
using HotPath.TestKit.Simulation;

namespace HotPath.Faults.Cli;

/// <summary>The campaigns from the command line. Exit code 0: nothing found (a control: caught); 1: found; 2: usage.</summary>
internal sealed class FaultCommands
{
    /// <summary>What a control is given to be caught by.</summary>
    private const int ControlFaults = 20;

    private readonly Option<int> _seed = new("--seed") { Description = "Of the first round; later rounds count on", DefaultValueFactory = _ => 1 };

    private readonly Option<string?> _state = new("--state") { Description = "File of finished rounds (JSON lines): the campaign goes on and adds up" };

    private readonly Option<string> _work = new("--work")
    {
        Description = "Directory for everything the service under test writes",
        DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "hotpath-faults"),
    };

    private readonly Option<bool> _snapshots = new("--snapshots") { Description = "Snapshots so often that nearly every start goes on from one" };

    private readonly Option<bool> _control = new("--control") { Description = "The negative control: broken on purpose, must be caught" };

    public RootCommand Build() => new("Breaks HotPath on purpose and says what came of it.")
    {
        Simulate(),
        Kills(),
        Power(),
        Syncs(),
        Calls(),
        Full(),
        Damage(),
        Sink(),
        Outage(),
        FullDisk(),
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
            count, control, _seed, _state,
        };
        command.SetAction((parsed, _) =>
        {
            var campaign = new SimulateCampaign(parsed.GetValue(control));
            return RunAsync(
                parsed, "simulate", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(control) != SimulationControl.None);
        });
        return command;
    }

    private Command Kills()
    {
        var count = Count(100);
        var command = new Command("kills", "kill -9 and SIGSTOP at random points under PutRecords and UDP.")
        {
            count, _snapshots, _seed, _state, _work, _control,
        };
        command.SetAction((parsed, _) =>
        {
            var snapshots = parsed.GetValue(_snapshots);
            var campaign = new KillCampaign(parsed.GetValue(_work)!, snapshots, parsed.GetValue(_control));
            return RunAsync(parsed, snapshots ? "kills-snapshots" : "kills", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(_control));
        });
        return command;
    }

    private Command Power()
    {
        var count = Count(100);
        var filesystem = new Option<string>("--filesystem") { Description = "ext4 or xfs", DefaultValueFactory = _ => "ext4" };
        filesystem.AcceptOnlyFromAmong("ext4", "xfs");
        var sync = new Option<string>("--sync") { Description = "The journal's policy: batch or interval", DefaultValueFactory = _ => "batch" };
        sync.AcceptOnlyFromAmong("batch", "interval");
        var command = new Command("power", "Power cuts: the filesystem under data and tables is shut down at random points. Needs root.")
        {
            count, filesystem, sync, _snapshots, _seed, _state, _work, _control,
        };
        command.SetAction((parsed, _) =>
        {
            const int IntervalMs = 50;
            var isControl = parsed.GetValue(_control);
            var options = new PowerOptions(parsed.GetValue(filesystem)!, isControl ? "none" : parsed.GetValue(sync)!, IntervalMs, parsed.GetValue(_snapshots));
            var campaign = new PowerCampaign(parsed.GetValue(_work)!, options);
            var name = $"power-{options.Filesystem}-{options.Sync}{(options.TakesSnapshots ? "-snapshots" : "")}";
            return RunAsync(parsed, name, parsed.GetValue(count), campaign.RunRoundAsync, isControl);
        });
        return command;
    }

    private Command Syncs()
    {
        var count = Count(200);
        var isLasting = new Option<bool>("--lasting") { Description = "All later ones fail, too" };
        var command = new Command("syncs", "fsync and fdatasync fail at the Nth call of a thread, N = 1 to --count, by strace.")
        {
            count, isLasting, _seed, _state, _work, _control,
        };
        command.SetAction((parsed, _) =>
        {
            var lasting = parsed.GetValue(isLasting);
            var campaign = NewCallCampaign(
                parsed, number => new CallFault("fdatasync,fsync", "error=EIO", number + 1, lasting), parsed.GetValue(count));
            return RunAsync(
                parsed, lasting ? "syncs-lasting" : "syncs", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(_control));
        });
        return command;
    }

    private Command Calls()
    {
        var count = Count(100);
        var command = new Command("calls", "System calls fail, take long, or are where a kill comes, by strace.") { count, _seed, _state, _work, _control };
        command.SetAction((parsed, _) =>
        {
            var seed = parsed.GetValue(_seed);
            var campaign = NewCallCampaign(parsed, number => CallFault.Random(unchecked(seed + number)), parsed.GetValue(count));
            return RunAsync(parsed, "calls", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(_control));
        });
        return command;
    }

    private Command Full()
    {
        var count = Count(20);
        var command = new Command("full", "The disk under the data is full, until it is not. Needs root.") { count, _seed, _state, _work, _control };
        command.SetAction((parsed, _) =>
        {
            var campaign = new FullCampaign(parsed.GetValue(_work)!, parsed.GetValue(_control));
            return RunAsync(parsed, "full", parsed.GetValue(count), campaign.RunRoundAsync, parsed.GetValue(_control));
        });
        return command;
    }

    private Command Damage()
    {
        var count = Count(1 << 20);
        var kind = new Option<DamageKind>("--kind") { Description = "Cut or Garble: at every byte from the journal's end back; Bits: one anywhere" };
        var command = new Command("damage", "Journals cut, garbled, or with a bit turned, in this process.") { count, kind, _seed, _state, _control };
        command.SetAction((parsed, _) =>
        {
            var isControl = parsed.GetValue(_control);
            var wanted = isControl ? ControlFaults : parsed.GetValue(count);
            var campaign = new DamageCampaign(parsed.GetValue(kind), missing => wanted - missing, parsed.GetValue(_seed), isControl);
            var name = $"damage-{parsed.GetValue(kind)}".ToLowerInvariant();
            return RunAsync(parsed, name, wanted, campaign.RunRoundAsync, isControl);
        });
        return command;
    }

    private Command Sink()
    {
        var count = Count(1_000);
        var store = new Option<string>("--store") { Description = "Where the tables are: s3 (a stand-in on loopback) or directory (by strace)", DefaultValueFactory = _ => "s3" };
        store.AcceptOnlyFromAmong("s3", "directory");
        var command = new Command("sink", "Commits to the tables whose writer is not told what became of them.") { count, store, _seed, _state, _work, _control };
        command.SetAction((parsed, _) =>
        {
            var isControl = parsed.GetValue(_control);
            var isInStore = isControl || parsed.GetValue(store) == "s3";
            var campaign = new UnknownCommitCampaign(parsed.GetValue(_work)!, isInStore, isControl);
            return RunAsync(parsed, isInStore ? "sink-s3" : "sink-directory", parsed.GetValue(count), campaign.RunRoundAsync, isControl);
        });
        return command;
    }

    private Command Outage()
    {
        var count = Count(1);
        var rate = new Option<int>("--rate") { Description = "Readings a second by UDP", DefaultValueFactory = _ => 200_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long the tables are away", DefaultValueFactory = _ => 600 };
        var store = new Option<string>("--store") { Description = "Where the tables are: directory (on a mount of its own; needs root) or s3 (a stand-in on loopback)", DefaultValueFactory = _ => "directory" };
        store.AcceptOnlyFromAmong("s3", "directory");
        var command = new Command("outage", "The tables are away while readings come; memory, disk, and how fast they catch up.") { count, rate, seconds, store, _seed, _state, _work, _control };
        command.SetAction((parsed, _) =>
        {
            var isControl = parsed.GetValue(_control);
            var options = new OutageOptions(parsed.GetValue(rate), parsed.GetValue(seconds), !isControl && parsed.GetValue(store) == "s3", isControl);
            var campaign = new OutageCampaign(parsed.GetValue(_work)!, options, Console.Out);
            return RunAsync(
                parsed, $"outage-{parsed.GetValue(store)}-{options.Seconds}s", parsed.GetValue(count), campaign.RunRoundAsync, isControl, controlFaults: 1);
        });
        return command;
    }

    private Command FullDisk()
    {
        var count = Count(1);
        var command = new Command("full-away", "The disk is full while the tables are away, until they are back. Needs root.") { count, _seed, _state, _work };
        command.SetAction((parsed, _) => RunAsync(
            parsed, "full-away", parsed.GetValue(count), new FullDiskCampaign(parsed.GetValue(_work)!, Console.Out).RunRoundAsync, isControl: false));
        return command;
    }

    private CallCampaign NewCallCampaign(ParseResult parsed, Func<int, CallFault> faultOf, long count)
    {
        var isControl = parsed.GetValue(_control);
        return new CallCampaign(parsed.GetValue(_work)!, faultOf, isControl ? ControlFaults : (int)count, isControl);
    }

    private async Task<int> RunAsync(
        ParseResult parsed, string name, long count, Func<int, long, Task<CampaignRecord>> runRound, bool isControl, int controlFaults = ControlFaults)
    {
        var state = new CampaignState(isControl ? null : parsed.GetValue(_state));
        try
        {
            var isClean = await new Campaign(name, state, Console.Out).RunAsync(isControl ? controlFaults : count, parsed.GetValue(_seed), runRound, isControl);
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
