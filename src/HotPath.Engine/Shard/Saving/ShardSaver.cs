using System.Runtime.CompilerServices;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard.Saving;

/// <summary>
/// Saves the state of one shard as it was at a marker, while the shard works on: in turn, a slice of machines at a time,
/// and a machine that is about to change before its turn first. The shard thread only; it neither allocates on the
/// managed heap nor waits. Rules that change meanwhile end it without result: every machine would have to be saved at
/// once, and the next marker finds them settled.
/// </summary>
internal sealed unsafe class ShardSaver : IDisposable
{
    private readonly int _shardIndex;
    private readonly int _shardCount;
    private readonly MachineStore _machines;
    private readonly Watermarks _watermarks;
    private readonly ShardCounters _counters;
    private readonly Reserved<ulong> _isSaved = new((EngineLimits.EquipmentCountMax + 63) / 64);

    // Floors are raised for whole groups at once, far more than can be saved at once: what a floor was is kept.
    private readonly Reserved<ulong> _hasFloor = new((EngineLimits.EquipmentCountMax + 63) / 64);
    private readonly Reserved<long> _floors = new(EngineLimits.EquipmentCountMax);

    private SaveQueue? _queue;
    private CompiledRules _rules = null!;
    private int _next;
    private uint _left;
    private bool _isSaving;

    public ShardSaver(
        int shardIndex, int shardCount, MachineStore machines, Watermarks watermarks, ShardCounters counters)
    {
        _counters = counters;
        _shardIndex = shardIndex;
        _shardCount = shardCount;
        _machines = machines;
        _watermarks = watermarks;
    }

    /// <summary>Before the shard's thread starts: where markers are answered to. Without it they mean nothing.</summary>
    public void Attach(SaveQueue queue) => _queue = queue;

    /// <summary>Whether a machine that is about to change is not saved yet, perhaps: one comparison in every reading's way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAhead(int place) => (uint)(place - _next) < _left;

    /// <summary>The marker was reached: everything below is about the state as it is now.</summary>
    public void Begin(long lsn, CompiledRules rules, in ArrivalClock clock)
    {
        if (_queue is null)
        {
            return;
        }

        Invariant.Holds(!_isSaving, "a marker comes after the state of the one before was saved");
        _isSaving = true;
        _rules = rules;
        _next = 0;
        _left = (uint)_machines.Count;
        var words = (_machines.Count + 63) / 64;
        new Span<ulong>(_isSaved.Items, words).Clear();
        new Span<ulong>(_hasFloor.Items, words).Clear();
        WriteHead(lsn, clock);
    }

    /// <summary>Saves machines in turn until so many bytes are written or the queue has no room.</summary>
    /// <returns>Machines passed; 0 when there is nothing to do or no room.</returns>
    public int Slice(int bytesMax = SaveQueue.ChunkBytes)
    {
        if (!_isSaving || !_queue!.HasRoom)
        {
            return 0;
        }

        var passed = 0;
        for (var bytes = 0; _left > 0 && bytes < bytesMax; passed++)
        {
            if (!IsMarked(_isSaved, _next))
            {
                bytes += Save(_next);
            }

            _next++;
            _left--;
        }

        if (_left == 0)
        {
            _isSaving = false;
            _queue.Publish(SavePart.Machines);
            _queue.Publish(SavePart.End);
        }

        return Math.Max(1, passed);
    }

    /// <summary>A machine that is ahead is about to change.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void SaveWhenAhead(int place)
    {
        if (!IsMarked(_isSaved, place))
        {
            Mark(_isSaved, place);
            Save(place);
        }
    }

    /// <summary>The floor of a machine is about to be raised, and the machine does not change otherwise.</summary>
    public void KeepFloor(int place, long floorMicros)
    {
        if (IsAhead(place) && !IsMarked(_hasFloor, place))
        {
            Mark(_hasFloor, place);
            _floors.Items[place] = floorMicros;
        }
    }

    /// <summary>Everything changes: what was saved is of no use.</summary>
    public void Abandon()
    {
        if (_isSaving)
        {
            _isSaving = false;
            _left = 0;
            _queue!.Publish(SavePart.Machines);
            _queue.Publish(SavePart.Abandoned);
        }
    }

    public void Dispose()
    {
        _isSaved.Dispose();
        _hasFloor.Dispose();
        _floors.Dispose();
    }

    private int Save(int place)
    {
        var machine = &_machines.Items[place];
        var machineClass = _rules.ClassAt(machine->Class);
        var sources = _watermarks.SourcesOf(machine);
        var into = _queue!.Reserve(MachineRecord.BytesMax(machine, machineClass, sources.Length));
        var floorMicros = IsMarked(_hasFloor, place) ? _floors.Items[place] : machine->FloorMicros;
        var bytes = MachineRecord.Write(into, machine, machineClass, floorMicros, sources);
        _queue.Advance(bytes);
        return bytes;
    }

    private void WriteHead(long lsn, in ArrivalClock clock)
    {
        // Sources are the same in every shard: the first one tells them.
        var sourceCount = _shardIndex == 0 ? _watermarks.KnownSourceCount : 0;
        var to = new StateBytes(_queue!.Reserve(SavedHead.BytesOf(sourceCount)));
        to.Put(SavedHead.CurrentFormat);
        to.Put(_shardIndex);
        to.Put(_shardCount);
        to.Put(sourceCount);
        to.Put(lsn);
        to.Put(_rules.Version);
        clock.Save(ref to);
        _watermarks.SaveOptions(ref to);
        SaveCounters(ref to);
        if (sourceCount > 0)
        {
            _watermarks.SaveSources(ref to);
        }

        _queue.Advance(to.LengthBytes);
        _queue.Publish(SavePart.Head);
    }

    private void SaveCounters(ref StateBytes to)
    {
        to.Put(_counters.Readings);
        to.Put(_counters.Stored);
        to.Put(_counters.Late);
        to.Put(_counters.Duplicate);
        to.Put(_counters.Future);
        to.Put(_counters.Transitions);
        to.Put(_counters.Downtimes);
        to.Put(_counters.WaitingOverflows);
    }

    private static bool IsMarked(Reserved<ulong> marks, int place) => (marks.Items[place >> 6] >> (place & 63) & 1) != 0;

    private static void Mark(Reserved<ulong> marks, int place) => marks.Items[place >> 6] |= 1UL << (place & 63);
}
