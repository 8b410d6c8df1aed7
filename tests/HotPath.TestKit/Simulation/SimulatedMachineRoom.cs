using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// What outlives a process: disks by directory, the ledger's files, the tables. Disks fail as the schedule tells them.
/// One thread.
/// </summary>
internal sealed class SimulatedMachineRoom(SimulationOptions options, Random random, SimulationReport report)
{
    private readonly Dictionary<string, SimulatedDisk> _disks = [];

    /// <summary>Operations until the process dies in the middle of one; 0 = it does not.</summary>
    private int _operationsToCrash;

    /// <summary>Syncs or writes that fail from now on.</summary>
    private int _failures;

    public SimulatedTables Tables { get; } = new();

    public bool IsFull { get; private set; }

    /// <summary>Failures that are still to come: the engine may stop for good on them.</summary>
    public bool HasFailures => _failures > 0;

    public IDisk Disk(string directory)
    {
        var name = Path.GetFileName(directory);
        if (!_disks.TryGetValue(name, out var disk))
        {
            _disks[name] = disk = NewDisk(new SimulatedDisk());
        }

        return disk;
    }

    public SimulatedDisk Journal => (SimulatedDisk)Disk("journal");

    public void CrashAfter(int operations) => _operationsToCrash = operations;

    /// <summary>The next so many syncs or writes fail, and what they were about may be lost.</summary>
    public void FailNext(int count) => _failures = count;

    public void Fill()
    {
        IsFull = true;
        report.DiskFullEpisodes++;
        foreach (var disk in _disks.Values)
        {
            disk.CapacityBytes = disk.UsedBytes + random.Next(40_000);
        }
    }

    public void FreeSpace()
    {
        IsFull = false;
        foreach (var disk in _disks.Values)
        {
            disk.CapacityBytes = long.MaxValue;
        }
    }

    /// <summary>The power goes: of what was not synced, anything may be gone.</summary>
    public void CutPower()
    {
        foreach (var name in _disks.Keys.ToList())
        {
            _disks[name] = NewDisk(_disks[name].AfterPowerCut(random));
        }
    }

    public void EndFaults()
    {
        _operationsToCrash = 0;
        _failures = 0;
        FreeSpace();
    }

    private SimulatedDisk NewDisk(SimulatedDisk disk)
    {
        disk.LiesAboutSyncs = options.Control == SimulationControl.LyingDisk;
        disk.Fault = OnOperation;
        disk.CapacityBytes = IsFull ? disk.UsedBytes + 20_000 : long.MaxValue;
        return disk;
    }

    private DiskError OnOperation(DiskOperation operation, string name)
    {
        if (_operationsToCrash > 0 && --_operationsToCrash == 0)
        {
            throw new SimulatedCrashException();
        }

        if (_failures > 0 && operation is DiskOperation.Sync or DiskOperation.Write)
        {
            _failures--;
            report.DiskFailures++;
            return new DiskError(DiskError.InputOutput);
        }

        return DiskError.None;
    }
}

/// <summary>The process dies here.</summary>
internal sealed class SimulatedCrashException : Exception;
