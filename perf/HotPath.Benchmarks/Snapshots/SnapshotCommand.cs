using HotPath.Benchmarks.Commands;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Benchmarks.Snapshots;

/// <summary>What saving its state costs a shard of 100,000 machines while readings go on, and what it comes to on disk.</summary>
internal sealed class SnapshotCommand : IBenchCommand
{
    private const int MachineCount = 100_000;
    private const int Rounds = 5;

    public string Name => "snapshot";

    public string Says => "the pauses of a shard of 100,000 machines while its state is saved, and the state's size";

    public int Run(string[] args)
    {
        using var load = new SavingLoad(MachineCount);
        load.WarmUp();
        var longestTurn = new List<double>();
        var longestWall = new List<double>();
        var longestBefore = new List<double>();
        var millisecondsAll = new List<double>();
        var bytesEach = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var before = load.TurnsWithoutSaving(turns: 2_000);
            var saved = load.Save();
            if (saved.MachineCount != MachineCount)
            {
                throw new InvalidOperationException($"{saved.MachineCount} of {MachineCount} machines were saved");
            }

            longestBefore.Add(before.CpuMicrosMax / 1_000.0);
            longestTurn.Add(saved.CpuMicrosMax / 1_000.0);
            longestWall.Add(saved.WallMicrosMax / 1_000.0);
            millisecondsAll.Add(saved.ElapsedMicros / 1_000.0);
            bytesEach.Add((double)saved.Bytes / MachineCount);
        }

        var result = new BenchResult(Name, "A shard saves its state", args)
        {
            Verified = "every machine was saved once; that what is saved is the state at the marker is SavedStateTests",
            Notes = "A turn is a batch of 1,024 readings of random machines and a slice of 256 KiB; the slice alone is the pause.",
        };
        result.Option("machines", MachineCount);
        result.Option("batch", SavingLoad.BatchSlots);
        result.Option("slice", SaveQueue.ChunkBytes);
        const string Table = "100,000 machines, 10 tags, readings going on";
        result.Add(new Figure(Table, "longest slice, or save within a batch", "thread's CPU time", "ms", [.. longestTurn]) { Goal = Goal.AtMost(2) });
        result.Add(new Figure(Table, "longest slice, or save within a batch", "wall", "ms", [.. longestWall]));
        result.Add(new Figure(Table, "longest batch without a save", "thread's CPU time", "ms", [.. longestBefore]));
        result.Add(new Figure(Table, "from the marker to the last machine", "wall", "ms", [.. millisecondsAll]));
        result.Add(new Figure(Table, "state of a machine before compression", "bytes", "B", [.. bytesEach]));
        return result.Finish();
    }
}
