using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Shard;

/// <summary>
/// Sources, groups of machines that share their set of sources, and what each group waits for. The shard thread only.
/// It never refuses anything; a late reading is the caller's word.
/// </summary>
/// <remarks>
/// The watermark of a machine is the greater of its floor and its group's: the least progress of the group's sources
/// that are not idle, or, if all are, what the arrival clock gives. A group's may go back (an idle source returns, the
/// options change); what its machines had is written into their floors before.
/// </remarks>
internal sealed unsafe partial class Watermarks : IDisposable
{
    public const long NoTimeout = long.MaxValue;

    private const long NoFutureGuard = long.MaxValue;

    private readonly NativePool _pool;
    private readonly Machine* _machines;
    private readonly Reserved<SourceState> _sources = new(EngineLimits.SourceCountMax);

    // By machine: where it stands in its group's heap, + 1. Beside the machines, so that a heap moves within few lines.
    private readonly Reserved<int> _groupPlaces = new(EngineLimits.EquipmentCountMax);
    private readonly GroupSets _groups;
    private readonly GroupWatch _watch;
    private readonly NativeList<int> _duePlaces;
    private long _passMicros = ArrivalClock.None;
    private int _sourceCount;
    private bool _isAllDoubtful;
    private long _maxFutureMicros = NoFutureGuard;
    private long _outOfOrdernessMicros;
    private long _idleTimeoutMicros = NoTimeout;

    public Watermarks(NativePool pool, Machine* machines)
    {
        _pool = pool;
        _machines = machines;
        _groups = new GroupSets(pool, _sources.Items);
        _watch = new GroupWatch(pool, _groups, _sources.Items, this);
        Due = new NativeList<int>(pool);
        _duePlaces = new NativeList<int>(pool);
    }

    public TimeOptions Options { get; private set; } = new();

    public long OutOfOrdernessMicros => _outOfOrdernessMicros;

    public long IdleTimeoutMicros => _idleTimeoutMicros;

    /// <summary>The arrival clock at the last pass.</summary>
    public long PassMicros => _passMicros;

    /// <summary>Which sources the last pass found idle.</summary>
    public Silence Silence => new(_passMicros, _idleTimeoutMicros);

    /// <summary>Machines that the last pass found due, perhaps; each of them must be scheduled.</summary>
    public NativeList<int> Due { get; }

    private WatermarkGroup* Groups => _groups.Items;

    private SourceState* Sources => _sources.Items;

    /// <summary>Brings what a reading needs into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int group, int source)
    {
        Sse.Prefetch0(Groups + group);
        Sse.Prefetch0(Sources + source);
    }

    /// <summary>As the last pass left it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Of(Machine* machine)
    {
        if (machine->Group == WatermarkGroup.None)
        {
            return machine->FloorMicros;
        }

        return Math.Max(machine->FloorMicros, OfGroup(&Groups[machine->Group], out _));
    }

    /// <summary>The source that holds the machine back: the slowest that is not idle; -1 = all are.</summary>
    public int HolderOf(Machine* machine)
    {
        var holder = -1;
        if (machine->Group != WatermarkGroup.None)
        {
            OfGroup(&Groups[machine->Group], out holder);
        }

        return holder;
    }

    /// <summary>A group's watermark and who holds it back; -1 = all of its sources are idle.</summary>
    public long OfGroup(WatermarkGroup* group, out int holder)
    {
        var silence = Silence;
        holder = group->SourceCount == 1 ? group->OnlySource : SlowestSources.Find(group, Sources, silence);
        if (holder >= 0 && !silence.IsIdle(&Sources[holder]))
        {
            return Sources[holder].ProgressMicros - _outOfOrdernessMicros;
        }

        holder = -1;
        var latestIdle = long.MinValue;
        for (var index = 0; index < group->SourceCount; index++)
        {
            var state = &Sources[group->Sources[index].Source];
            latestIdle = Math.Max(latestIdle, state->ProgressMicros - state->HeardMicros);
        }

        return latestIdle + _passMicros - _idleTimeoutMicros - _outOfOrdernessMicros;
    }

    /// <summary>The end of all input of a machine: the greatest progress among its sources.</summary>
    public long EndOf(Machine* machine)
    {
        var group = &Groups[machine->Group];
        var progress = Machine.Never;
        for (var index = 0; index < group->SourceCount; index++)
        {
            progress = Math.Max(progress, Sources[group->Sources[index].Source].ProgressMicros);
        }

        return progress;
    }

    /// <summary>A machine hears from a source: the first time, it comes into another group, with what it has had.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Join(Machine* machine, int source, long watermark)
    {
        if (machine->Group == WatermarkGroup.None || !_groups.Holds(machine->Group, source))
        {
            JoinWhenNew(machine, source, watermark);
        }
    }

    /// <summary>A sign of life of a source at the clock's time, and its progress.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Hear(int source, long clockMicros, long eventMicros)
    {
        var state = &Sources[source];
        if (!state->IsKnown)
        {
            BeginWhenNew(source);
        }
        else if (state->GroupCount > 0 && Silence.IsIdle(state))
        {
            ReturnWhenIdle(source);
        }
        else if (state->HeardMicros == ArrivalClock.None && state->Watching.Count > 0 && state->IdlePlace == 0)
        {
            _watch.BeginToAge(source, clockMicros);
        }

        state->HeardMicros = clockMicros;
        if (eventMicros > state->ProgressMicros)
        {
            state->ProgressMicros = eventMicros;
        }
    }

    /// <summary>
    /// Whether a reading of a machine is neither future nor late, need not wait, and makes nothing due, in this group or
    /// any other. Only for machines of one source, heard before and not idle; changes nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool CanMoveQuietly(Machine* machine, int source, long eventMicros, in ArrivalClock clock)
    {
        if (machine->Group < 0 || Groups[machine->Group].OnlySource != source)
        {
            return false;
        }

        var group = &Groups[machine->Group];
        var state = &Sources[source];
        var dueMicros = Math.Min(group->Machines.TopKey, machine->DueMicros);
        var beforeMicros = Math.Max(machine->FloorMicros, state->ProgressMicros - _outOfOrdernessMicros);
        var reachedMicros = Math.Max(state->ProgressMicros, eventMicros) - _outOfOrdernessMicros;
        var afterMicros = Math.Max(machine->FloorMicros, reachedMicros);
        return eventMicros >= beforeMicros
            && (eventMicros <= afterMicros || eventMicros == beforeMicros)
            && afterMicros < dueMicros
            && reachedMicros < state->Watching.TopKey
            && (group->Watched >= 0 ? group->WatchKey <= group->Machines.TopKey : group->Machines.TopKey == long.MaxValue)
            && state->HeardMicros != ArrivalClock.None
            && _passMicros != ArrivalClock.None
            && _passMicros - state->HeardMicros <= _idleTimeoutMicros
            && _watch.IsQuietAt(clock.NowMicros)
            && !_isAllDoubtful
            && (_maxFutureMicros == NoFutureGuard || eventMicros <= clock.ReceivedMicrosMax + _maxFutureMicros);
    }

    /// <summary>What a reading of which that is true does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveQuietly(int source, long eventMicros, long clockMicros)
    {
        var state = &Sources[source];
        state->HeardMicros = clockMicros;
        state->ProgressMicros = Math.Max(state->ProgressMicros, eventMicros);
        _passMicros = clockMicros;
    }

    /// <summary>
    /// Watermarks move: by the clock, by the progress of one source, and as far as one group is concerned whatever
    /// changed in it. What is due stands in <see cref="Due"/> then; <see cref="Settle"/> must follow.
    /// </summary>
    public void Pass(long clockMicros, int source, int group)
    {
        _passMicros = clockMicros;
        if (_isAllDoubtful)
        {
            TouchAll();
        }

        _watch.Pass(clockMicros, source);
        if (group >= 0)
        {
            CollectDue(group);
        }

        for (var index = 0; index < _watch.Touched.Count; index++)
        {
            CollectDue(_watch.Touched[index]);
        }
    }

    /// <summary>
    /// After a machine was worked on up to its watermark: when it is due next. A key that is too early without having
    /// been reached stays, since moving it costs as much as finding it once for nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Schedule(Machine* machine, long watermark)
    {
        var due = machine->DueMicros;
        if (due < machine->GroupKey || (machine->GroupKey <= watermark && due != machine->GroupKey))
        {
            machine->GroupKey = due;
            ref var heap = ref Groups[machine->Group].Machines;
            HeapOrder<MachinePlaces>.Change(ref heap, PlaceOf(machine), due, new MachinePlaces(_groupPlaces.Items));
        }
    }

    /// <summary>After all that was due has been worked on: every group that was looked at watches something again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Settle(int group)
    {
        Due.Clear();
        if (group >= 0)
        {
            _watch.Watch(group);
        }

        if (_watch.Touched.Count > 0)
        {
            _watch.SettleTouched();
        }
    }

    /// <summary>After every machine has been worked on: every group watches something again.</summary>
    public void SettleAll()
    {
        for (var group = 0; group < _groups.Count; group++)
        {
            _watch.Watch(group);
        }

        Settle(WatermarkGroup.None);
    }

    /// <summary>Every silence begins anew; no watermark moves before the next pass.</summary>
    public void Start(long clockMicros)
    {
        if (_idleTimeoutMicros != NoTimeout)
        {
            RaiseAllFloors();
        }

        for (var source = 0; source < _sourceCount; source++)
        {
            Sources[source].HeardMicros = clockMicros;
        }

        WakeAllSources();
        _isAllDoubtful = true;
    }

    /// <summary>Other options, from the next pass on.</summary>
    public void Change(TimeOptions options)
    {
        RaiseAllFloors();
        Adopt(options);
        _watch.ForgetIdle();
        WakeAllSources();
        _isAllDoubtful = true;
    }

    public void Dispose()
    {
        _sources.Dispose();
        _groupPlaces.Dispose();
        _lateness.Dispose();
        _groups.Dispose();
    }

    private void Adopt(TimeOptions options)
    {
        Options = options;
        _outOfOrdernessMicros = options.OutOfOrdernessMicros;
        _idleTimeoutMicros = options.IdleTimeoutMicros ?? NoTimeout;
        _maxFutureMicros = options.MaxFutureMicros ?? NoFutureGuard;
    }

    private int PlaceOf(Machine* machine) => _groupPlaces.Items[machine - _machines] - 1;

    private void JoinWhenNew(Machine* machine, int source, long watermark)
    {
        var left = machine->Group;
        if (left != WatermarkGroup.None)
        {
            machine->FloorMicros = watermark;
            HeapOrder<MachinePlaces>.Remove(
                ref Groups[left].Machines, PlaceOf(machine), new MachinePlaces(_groupPlaces.Items));
        }

        machine->Group = _groups.With(left, source);
        ref var joined = ref Groups[machine->Group];
        machine->GroupKey = machine->DueMicros;
        HeapOrder<MachinePlaces>.Insert(
            ref joined.Machines, _pool, machine->GroupKey, (int)(machine - _machines), new MachinePlaces(_groupPlaces.Items));
        if (left != WatermarkGroup.None && Groups[left].Machines.Count == 0)
        {
            _watch.Unwatch(left);
            _groups.Remove(left);
        }
    }

    private void BeginWhenNew(int source)
    {
        var state = &Sources[source];
        state->IsKnown = true;
        state->ProgressMicros = SourceState.Never;
        state->HeardMicros = ArrivalClock.None;
        _sourceCount = Math.Max(_sourceCount, source + 1);
    }

    // The source held nobody back while it was idle; from the next pass on it may. What the machines had, they keep.
    private void ReturnWhenIdle(int source)
    {
        var state = &Sources[source];
        for (var index = 0; index < state->GroupCount; index++)
        {
            var group = state->Groups[index];
            RaiseFloors(group);
            if (Groups[group].SourceCount > 1)
            {
                SlowestSources.Return(&Groups[group], source);
            }

            if (Groups[group].Watched == WatermarkGroup.Clock)
            {
                _watch.Touch(group);
            }
        }
    }

    private void RaiseAllFloors()
    {
        for (var group = 0; group < _groups.Count; group++)
        {
            RaiseFloors(group);
        }
    }

    private void RaiseFloors(int group)
    {
        if (Groups[group].Machines.Count == 0)
        {
            return;
        }

        var watermark = OfGroup(&Groups[group], out _);
        ref var heap = ref Groups[group].Machines;
        for (var index = 0; index < heap.Count; index++)
        {
            var id = heap.Entries[index].Id;
            ref var floor = ref _machines[id].FloorMicros;
            if (watermark > floor)
            {
                Saver?.KeepFloor(id, floor);
                floor = watermark;
            }
        }
    }

    private void TouchAll()
    {
        _isAllDoubtful = false;
        for (var group = 0; group < _groups.Count; group++)
        {
            if (Groups[group].Machines.Count > 0)
            {
                _watch.Touch(group);
            }
        }
    }

    // Sources that were idle may not be any more, without having been heard.
    private void WakeAllSources()
    {
        for (var group = 0; group < _groups.Count; group++)
        {
            if (Groups[group].SourceCount > 1)
            {
                SlowestSources.Fill(&Groups[group], Sources);
            }
        }
    }

    private void CollectDue(int group)
    {
        ref var heap = ref Groups[group].Machines;
        if (heap.TopKey == long.MaxValue)
        {
            return;
        }

        var watermark = OfGroup(&Groups[group], out _);
        if (heap.TopKey > watermark)
        {
            return;
        }

        // What is due are the uppermost of the heap. They stay where they are until they are scheduled again.
        _duePlaces.Clear();
        _duePlaces.Add(0);
        for (var index = 0; index < _duePlaces.Count; index++)
        {
            var place = _duePlaces[index];
            List(heap.Entries[place].Id);
            var child = (place * HeapEntry.ChildCount) + 1;
            var end = Math.Min(child + HeapEntry.ChildCount, heap.Count);
            for (; child < end; child++)
            {
                if (heap.Entries[child].Key <= watermark)
                {
                    _duePlaces.Add(child);
                }
            }
        }
    }

    // A second pass over the same slot finds some of them again.
    private void List(int id)
    {
        var machine = &_machines[id];
        if (!machine->IsListed)
        {
            machine->IsListed = true;
            Due.Add(id);
        }
    }

    private readonly struct MachinePlaces(int* places) : IHeapPlaces
    {
        public void Set(int id, int placePlusOne) => places[id] = placePlusOne;
    }
}
