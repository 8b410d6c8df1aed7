namespace HotPath.Engine.Shard.Asking;

/// <summary>
/// How far one shard has come: its sources, its machines, the slowest watermark and what waits for it. The arrays are
/// the asker's, sized for the names that it knew; what is newer is left out until the next survey.
/// </summary>
/// <param name="machines">By equipment index. Each shard fills the places of its own machines, so all may share one array.</param>
/// <param name="sources">By source index; zeroed.</param>
internal sealed unsafe class Survey(MachineVital[] machines, SourceVital[] sources) : ShardQuestion
{
    // Four cache lines of a machine, perhaps cold: 128 machines are some ten microseconds.
    private const int SliceMachines = 128;
    private const int SliceSources = 512;

    private int _sourceNext;
    private int _machineNext;

    public MachineVital[] Machines { get; } = machines;

    public SourceVital[] Sources { get; } = sources;

    /// <summary>The arrival clock when the survey ended; <see cref="ArrivalClock.None"/> = no reading yet.</summary>
    public long ArrivalMicros { get; private set; } = ArrivalClock.None;

    /// <summary>The same moment as receivedAt says it.</summary>
    public long ReceivedMicros { get; private set; } = ArrivalClock.None;

    /// <summary>Of the shard's machines; long.MaxValue = none has a watermark.</summary>
    public long WatermarkMicrosMin { get; private set; } = long.MaxValue;

    public long WaitingCount { get; private set; }

    public int MachineCount => _machineNext;

    public override bool Answer(in AskedShard shard)
    {
        if (_sourceNext < Sources.Length)
        {
            var end = Math.Min(_sourceNext + SliceSources, Sources.Length);
            for (; _sourceNext < end; _sourceNext++)
            {
                shard.Watermarks.Tell(_sourceNext, ref Sources[_sourceNext]);
            }

            return false;
        }

        var machineEnd = Math.Min(_machineNext + SliceMachines, shard.Machines.Count);
        for (; _machineNext < machineEnd; _machineNext++)
        {
            Look(shard, &shard.Machines.Items[_machineNext]);
        }

        ArrivalMicros = shard.ArrivalMicros;
        ReceivedMicros = shard.ReceivedMicros;
        return _machineNext == shard.Machines.Count;
    }

    private void Look(in AskedShard shard, Machine* machine)
    {
        var watermark = shard.Watermarks.Of(machine, out var holder);
        WaitingCount += machine->WaitingCount;
        if (watermark != Machine.Never)
        {
            WatermarkMicrosMin = Math.Min(WatermarkMicrosMin, watermark);
        }

        if ((uint)holder < (uint)Sources.Length)
        {
            Sources[holder].MachinesHeld++;
        }

        if (machine->Equipment >= Machines.Length || machine->RememberedNext == 0)
        {
            return;
        }

        ref readonly var last = ref machine->Remembered[machine->RememberedNext - 1];
        ref var vital = ref Machines[machine->Equipment];
        vital.EventMicros = last.AtMicros;
        vital.ReceivedMicros = shard.Watermarks.TryGetDelay(last.SourceIndex, out var delayMicros)
            ? last.AtMicros + delayMicros + (shard.ReceivedMicros - shard.ArrivalMicros)
            : 0;
        vital.WatermarkMicros = watermark;
        vital.HolderPlusOne = holder + 1;
        vital.WaitingCount = machine->WaitingCount;
    }
}
