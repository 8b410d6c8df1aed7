using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// What outlives a process: disks by directory, the tables, and of every journal segment that was removed a copy, so that
/// the whole journal can be read at the end. Disks fail as the schedule tells them. One thread.
/// </summary>
internal sealed class SimulatedMachineRoom(SimulationOptions options, Random random, SimulationReport report)
{
    private const string LowWaterName = "low-water";

    private readonly Dictionary<string, SimulatedDisk> _disks = [];
    private readonly Dictionary<string, byte[]> _removedSegments = [];
    private readonly SnapshotRot _rot = new(random, options.Control == SimulationControl.ForgedSnapshot);

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

    /// <summary>The journal from its begin on, whatever was removed of it.</summary>
    public SimulatedDisk WholeJournal()
    {
        var whole = Journal.Copy();
        foreach (var (name, bytes) in _removedSegments.Where(removed => !whole.FileNames.Contains(removed.Key)))
        {
            whole.Add(name, [.. bytes]);
        }

        if (_removedSegments.Count > 0)
        {
            whole.Remove(LowWaterName);
        }

        return whole;
    }

    public IDisk Ledger => Disk("ledger");

    private SimulatedDisk Journal => (SimulatedDisk)Disk("journal");

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

    /// <summary>A bit of a snapshot turns, as long as another one is good.</summary>
    public void LetSnapshotsRot() => report.SnapshotsDamaged += _rot.Try((SimulatedDisk)Disk("snapshots")) ? 1 : 0;

    public void EndFaults()
    {
        _operationsToCrash = 0;
        _failures = 0;
        FreeSpace();
    }

    private SimulatedDisk NewDisk(SimulatedDisk disk)
    {
        disk.LiesAboutSyncs = options.Control == SimulationControl.LyingDisk;
        disk.Fault = (operation, name) => OnOperation(disk, operation, name);
        disk.CapacityBytes = IsFull ? disk.UsedBytes + 20_000 : long.MaxValue;
        return disk;
    }

    private DiskError OnOperation(SimulatedDisk disk, DiskOperation operation, string name)
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

        if (operation is DiskOperation.Delete or DiskOperation.Rename && JournalSegments.TryParseName(name, out _))
        {
            _removedSegments[name] = [.. disk.BytesOf(name)];
        }

        return DiskError.None;
    }
}

/// <summary>The process dies here.</summary>
internal sealed class SimulatedCrashException : Exception;
