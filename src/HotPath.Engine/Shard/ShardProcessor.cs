using System.Runtime.CompilerServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>
/// The meaning of readings (RULES.md) for the machines of one shard: takes every slot in order, evaluates its own
/// machines, writes transitions, downtimes and verdicts into its output. One thread calls it; nothing is refused: what
/// is late, duplicate or future gets a verdict. After warm-up it does not allocate, lock, log or throw.
/// </summary>
/// <remarks>
/// <code>
/// slot -> arrival clock -> future? -> duplicate? -> late? -> waits for the watermark
///      -> progress of its source -> watermarks move -> machines that are due, in the order of their indexes
///      -> instants -> cases turn -> rules settle -> records
/// </code>
/// What is written follows from the slots alone: not from how they are batched, nor from the number of shards.
/// </remarks>
internal sealed unsafe partial class ShardProcessor : IDisposable
{
    private readonly NameTables _names;
    private readonly RuleCatalog _catalog;
    private readonly ShardOutput _output;
    private readonly NativePool _pool = new();
    private readonly MachineStore _machines;
    private readonly Watermarks _watermarks;
    private readonly RecordWriter _records;
    private readonly MachineClockwork _clockwork;
    private readonly QuietReadings _quiet;
    private readonly ReadAhead _ahead;
    private readonly DueAhead _dueAhead;
    private readonly RuleExchange _exchange;
    private readonly NativeList<long> _inOrder;
    private ArrivalClock _clock = new();
    private CompiledRules _rules;
    private long _lsn;
    private WaitingReading _reading;

    public ShardProcessor(
        int shardIndex, int shardCount, NameTables names, RuleCatalog catalog, ShardOutput output)
    {
        Invariant.Holds(shardCount is >= 1 and <= EngineLimits.ShardCountMax);
        Invariant.Holds(shardIndex >= 0 && shardIndex < shardCount);

        _names = names;
        _catalog = catalog;
        _output = output;
        _machines = new MachineStore(_pool, names, shardIndex, shardCount);
        _watermarks = new Watermarks(_pool, _machines.Items);
        _records = new RecordWriter(output, Counters, _watermarks);
        _ahead = new ReadAhead(_machines, _watermarks);
        _dueAhead = new DueAhead(_machines);
        var settler = new RuleSettler(_pool, _records);
        _clockwork = new MachineClockwork(_pool, _machines, names, settler);
        _exchange = new RuleExchange(_pool, names, _machines, _clockwork, settler);
        _inOrder = new NativeList<long>(_pool);
        Saver = _watermarks.Saver = new ShardSaver(shardIndex, shardCount, _machines, _watermarks, Counters);
        _quiet = new QuietReadings(_pool, _machines, _watermarks, Saver, Counters);
        Invariant.Holds(catalog.TryGet(RuleCatalog.NoVersion, out _rules), "a catalog begins with no rules");
    }

    public ShardCounters Counters { get; } = new();

    /// <summary>Saves the state at a marker, between batches.</summary>
    public ShardSaver Saver { get; }

    /// <summary>Native memory of machines beyond their fixed arrays.</summary>
    public long UsedBytes => _pool.UsedBytes;

    /// <summary>Memory that is ready for new machines and what grows with them.</summary>
    public MemorySupply Memory => _pool.Supply;

    /// <summary>
    /// Works on the next slots of the order. The caller guarantees that LSNs are contiguous. Commits the position of
    /// the last slot.
    /// </summary>
    public void Process(ReadOnlySpan<Slot> slots, long lsnFirst)
    {
        _ahead.Begin(slots, _rules);
        for (var first = 0; first < slots.Length; first += ReadAhead.BlockSlots)
        {
            _ahead.Go(slots, first, _rules);
            var end = Math.Min(first + ReadAhead.BlockSlots, slots.Length);
            for (var index = first; index < end; index++)
            {
                _lsn = lsnFirst + index;
                Take(slots[index]);
            }
        }

        if (slots.Length > 0)
        {
            Counters.Machines = _machines.Count;
            _output.Commit(_lsn);
        }
    }

    /// <summary>How far an equipment's watermark is; false when it is another shard's or nothing was heard of it. Cold.</summary>
    public bool TryGetWatermark(int equipment, out long micros)
    {
        var place = _machines.Find(equipment);
        micros = place >= 0 ? _watermarks.Of(&_machines.Items[place]) : Machine.Never;
        return place >= 0;
    }

    /// <summary>End of input, of a replay only: every watermark goes to the greatest progress of the machine's sources.</summary>
    public void Drain()
    {
        _lsn++;
        SortMachines();
        foreach (var place in _inOrder.Span)
        {
            var machine = &_machines.Items[(int)place];
            machine->FloorMicros = Math.Max(machine->FloorMicros, _watermarks.EndOf(machine));
            Advance(machine, machine->FloorMicros);
        }

        _output.Commit(_lsn);
    }

    public void Dispose()
    {
        Saver.Dispose();
        _watermarks.Dispose();
        _machines.Dispose();
        _pool.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take(in Slot slot)
    {
        if (slot.Kind == SlotKind.Reading)
        {
            _clock.Take(slot.ReceivedAtMicros, isStart: false);
            if (!_quiet.TryTake(slot, _rules, _clock))
            {
                TakeReading(slot);
            }
        }
        else
        {
            TakeControl(slot);
        }
    }

    private void TakeControl(in Slot slot)
    {
        switch (slot.Kind)
        {
            case SlotKind.Tick or SlotKind.Rejected or SlotKind.Empty:
                PassTime(slot);
                break;
            case SlotKind.Start:
                _clock.Take(slot.ReceivedAtMicros, isStart: true);
                _watermarks.Start(_clock.NowMicros);
                break;
            case SlotKind.Rules:
                Invariant.Holds(_catalog.TryGet(slot.ValueBits, out var rules), "a rule version is added before its slot");
                Saver.Abandon();
                ExchangeRules(slot, rules);
                break;
            case SlotKind.SnapshotMarker:
                // No line of the order: neither the clock nor a watermark moves by it.
                Saver.Begin(_lsn, _rules, _clock);
                break;
            case SlotKind.TimeOptions:
                // One line: what the old options release and what the new ones do is one piece of work for each machine,
                // so that its records stand together and are numbered once. What the old ones released is in its floor
                // by then, and no reading behind is judged by a watermark up to which nothing has been released.
                _clock.Take(slot.ReceivedAtMicros, isStart: false);
                Pass(WatermarkGroup.None, WatermarkGroup.None);
                _watermarks.Change(new TimeOptions
                {
                    OutOfOrdernessMicros = slot.EventTimeMicros,
                    IdleTimeoutMicros = slot.ValueBits == Slot.NoNumber ? null : slot.ValueBits,
                    MaxFutureMicros = slot.SequenceNumber == Slot.NoNumber ? null : slot.SequenceNumber,
                });
                Pass(WatermarkGroup.None, WatermarkGroup.None);
                WorkOnDue(null, default);
                break;
        }
    }

    // ---- readings

    private void TakeReading(in Slot slot)
    {
        var place = _machines.Find(slot.EquipmentIndex);
        if (IsFuture(slot))
        {
            if (place != MachineStore.OfOtherShard)
            {
                Counters.Readings++;
                Counters.Future++;
                _records.Verdict(_lsn, slot.EquipmentIndex, 0, Verdict.Future);
            }

            return;
        }

        if (place == MachineStore.OfOtherShard)
        {
            _watermarks.Hear(slot.SourceIndex, _clock.NowMicros, slot.EventTimeMicros);
            Pass(slot.SourceIndex, WatermarkGroup.None);
            WorkOnDue(null, default);
            return;
        }

        Counters.Readings++;
        var machine = place >= 0 ? &_machines.Items[place] : AddMachine(slot.EquipmentIndex);
        TakeOwnReading(slot, machine);
    }

    private void TakeOwnReading(in Slot slot, Machine* machine)
    {
        SaveBeforeChange(machine);
        var watermark = _watermarks.Of(machine);
        var arrival = Judge(slot, machine, watermark);
        _watermarks.Hear(slot.SourceIndex, _clock.NowMicros, slot.EventTimeMicros);
        _watermarks.Join(machine, slot.SourceIndex, watermark);
        Pass(slot.SourceIndex, machine->Group);
        WorkOnDue(machine, arrival);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SaveBeforeChange(Machine* machine)
    {
        var place = (int)(machine - _machines.Items);
        if (Saver.IsAhead(place))
        {
            Saver.SaveWhenAhead(place);
        }
    }

    private bool IsFuture(in Slot slot) =>
        _watermarks.Options.MaxFutureMicros is { } maxFutureMicros
        && _clock.ReceivedMicrosMax != ArrivalClock.None
        && slot.EventTimeMicros > _clock.ReceivedMicrosMax + maxFutureMicros;

    // Against the watermark as the line before left it.
    private Arrival Judge(in Slot slot, Machine* machine, long watermark)
    {
        var bits = slot.ValueKind == ValueKind.Number ? PositiveZero(slot.ValueBits) : slot.ValueBits;
        var quality = slot.ValueKind == ValueKind.None ? Quality.Bad : slot.Quality;
        var tag = TagOf(machine, slot.TagIndex);
        var identity = new RememberedReading(
            slot.EventTimeMicros,
            bits,
            slot.SequenceNumber,
            RememberedReading.RestOf(slot.TagIndex, slot.SourceIndex, slot.ValueKind, quality));
        if (slot.EventTimeMicros > tag->TakenMicrosMax)
        {
            tag->TakenMicrosMax = slot.EventTimeMicros;
        }
        else if (RememberedReadings.Holds(machine, _pool, identity))
        {
            Counters.Duplicate++;
            return new Arrival(Verdict.Duplicate, watermark);
        }

        RememberedReadings.AddWithPrint(machine, _pool, identity);
        Counters.Stored++;
        if (slot.EventTimeMicros < watermark)
        {
            Counters.Late++;
            _watermarks.CountLate(slot.SourceIndex, watermark - slot.EventTimeMicros);
            return new Arrival(Verdict.Late, watermark);
        }

        _reading = new WaitingReading
        {
            AtMicros = slot.EventTimeMicros,
            ValueBits = bits,
            SequenceNumber = slot.SequenceNumber,
            TagIndex = slot.TagIndex,
            SourceIndex = slot.SourceIndex,
            ValueKind = slot.ValueKind,
            Quality = quality,
        };
        return new Arrival(default, watermark);
    }

    /// <summary>The reading that has arrived comes to its machine, before its watermark moves.</summary>
    private void Enter(MachineClass machineClass, Machine* machine, long before, long watermark)
    {
        var at = _reading.AtMicros;
        if ((at == before || at <= watermark) && at < machine->DueMicros)
        {
            // Nothing comes before it, so it need not wait.
            _records.Release(at == before ? before : watermark);
            _clockwork.InstantOf(machineClass, machine, _reading);
            return;
        }

        WaitingReadings.Add(machine, _pool, _reading);
        if (at == before)
        {
            // Its time has been released already: it is an instant of its own.
            _records.Release(before);
            _clockwork.Advance(machineClass, machine, before);
        }
        else if (machine->WaitingCount > EngineLimits.WaitingReadingsMax)
        {
            Counters.WaitingOverflows++;
            machine->FloorMicros = machine->Waiting.TopKey;
            _records.Release(machine->FloorMicros);
            _clockwork.Advance(machineClass, machine, machine->FloorMicros);
        }
    }

    private TagState* TagOf(Machine* machine, int tagIndex)
    {
        var slot = _rules.ClassAt(machine->Class).SlotOf(tagIndex);
        return slot >= 0 ? &machine->Tags[slot] : _machines.OtherTag(machine, tagIndex);
    }

    private Machine* AddMachine(int equipment)
    {
        var machineClass = _rules.ClassOf(_names.Equipment.Utf8(equipment));
        _clockwork.Prepare(machineClass);
        return _machines.Add(equipment, machineClass);
    }

    private static long PositiveZero(long bits) => bits == long.MinValue ? 0 : bits;

    // ---- time

    private void PassTime(in Slot slot)
    {
        _clock.Take(slot.ReceivedAtMicros, isStart: false);
        Pass(WatermarkGroup.None, WatermarkGroup.None);
        WorkOnDue(null, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Pass(int source, int group) => _watermarks.Pass(_clock.NowMicros, source, group);

    /// <summary>Everything that this slot has made due, machine by machine in the order of their indexes.</summary>
    private void WorkOnDue(Machine* arrived, in Arrival arrival)
    {
        var group = arrived == null ? WatermarkGroup.None : arrived->Group;
        if (_watermarks.Due.Count > 0)
        {
            WorkOnMany(arrived, arrival);
        }
        else if (arrived != null)
        {
            WorkOn(arrived, arrival);
        }

        _watermarks.Settle(group);
    }

    private void WorkOnMany(Machine* arrived, in Arrival arrival)
    {
        if (arrived != null && !arrived->IsListed)
        {
            _watermarks.Due.Add((int)(arrived - _machines.Items));
        }

        _inOrder.Clear();
        foreach (var place in _watermarks.Due.Span)
        {
            _inOrder.Add(((long)_machines.Items[place].Equipment << 32) | (uint)place);
        }

        var inOrder = _inOrder.Span;
        inOrder.Sort();
        _dueAhead.Begin(inOrder, _rules);
        for (var index = 0; index < inOrder.Length; index++)
        {
            _dueAhead.Go(inOrder, index, _rules);
            var machine = &_machines.Items[(int)inOrder[index]];
            machine->IsListed = false;
            WorkOn(machine, machine == arrived ? arrival : null);
        }
    }

    private void WorkOn(Machine* machine, Arrival? arrived)
    {
        SaveBeforeChange(machine);
        var machineClass = _rules.ClassAt(machine->Class);
        _records.Begin(_lsn, machine);
        var watermark = _watermarks.Of(machine);
        if (arrived is { } arrival)
        {
            if (arrival.Verdict != default)
            {
                _records.Verdict(arrival.Verdict);
            }
            else
            {
                Enter(machineClass, machine, arrival.Watermark, watermark);
            }
        }

        _records.Release(watermark);
        _clockwork.Advance(machineClass, machine, watermark);
        _watermarks.Schedule(machine, watermark);
    }

    private void Advance(Machine* machine, long watermark)
    {
        _records.Begin(_lsn, machine);
        _records.Release(watermark);
        _clockwork.Advance(_rules.ClassAt(machine->Class), machine, watermark);
    }

    private void SortMachines()
    {
        _inOrder.Clear();
        for (var place = 0; place < _machines.Count; place++)
        {
            _inOrder.Add(OrderOf(place));
        }

        _inOrder.Span.Sort();
    }

    private long OrderOf(int place) => ((long)_machines.Items[place].Equipment << 32) | (uint)place;

    /// <summary>What became of a reading, and the watermark against which it was judged.</summary>
    private readonly record struct Arrival(Verdict Verdict, long Watermark);
}
