using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;

namespace HotPath.Serve.Live;

/// <summary>
/// What page and API show: the state of every machine and the newest transitions and downtimes, as the ledger tells
/// them. One thread at a time feeds it in the ledger's order; any thread may read, under a lock that is held shortly.
/// Bounded: the oldest history makes place, the state of a machine never does.
/// </summary>
internal sealed class LiveView
{
    private readonly Lock _gate = new();
    private readonly NameTables _names;
    private readonly IStateCategories _categories;
    private readonly LiveLimits _limits;
    private readonly BoundedHistory<LiveTransition> _transitions;
    private readonly BoundedHistory<LiveDowntime> _closed;
    private readonly Dictionary<int, Known> _machines = [];
    private LiveCursor _position = LiveCursor.Start;
    private LiveCounts _counts;
    private long _evidenceBytes;
    private long _evidenceCleared;
    private int _indexEnd;
    private volatile MachineVital[] _vitals = [];

    public LiveView(NameTables names, IStateCategories categories, LiveLimits? limits = null)
    {
        _names = names;
        _categories = categories;
        _limits = limits ?? new LiveLimits();
        _transitions = new BoundedHistory<LiveTransition>(_limits.Transitions);
        _closed = new BoundedHistory<LiveDowntime>(_limits.Downtimes);
        Hub = new LiveHub(_limits);
    }

    public LiveHub Hub { get; }

    /// <summary>The last record that was applied.</summary>
    public LiveCursor Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    public LiveCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return _counts;
            }
        }
    }

    /// <summary>Bytes of evidence that are held now.</summary>
    public long EvidenceBytes
    {
        get
        {
            lock (_gate)
            {
                return _evidenceBytes;
            }
        }
    }

    /// <summary>
    /// Before the first record: what a rule says of a machine. The ledger may begin behind the transition that made it so;
    /// if it does not, its records lead to the same state. When it began to be so is told by the transition alone, so
    /// it stands for both times here.
    /// </summary>
    public void Begin(in MachineStatus status)
    {
        lock (_gate)
        {
            var machine = MachineOf(status.EquipmentIndex);
            _counts.Leave(machine.Category);
            machine.Put(new LiveState(
                status.RuleWord, status.StateWord, status.ReasonWord, status.Category,
                status.MovedMicros, status.MovedMicros, null));
            _counts.Enter(machine.Category);
            if (status.Open is { } open)
            {
                _counts.OpenNow++;
                machine.Open.Add(new LiveDowntime(LiveCursor.Start, status.EquipmentIndex, open));
            }
        }
    }

    /// <summary>Takes one whole ledger record, head first. Verdicts are left to the engine's counters.</summary>
    public void Apply(ReadOnlySpan<byte> ledgerRecord)
    {
        // Safe because the ledger hands over whole records, and Read checks the length. Worth it: no second format.
        var head = MemoryMarshal.Read<LedgerRecordHead>(ledgerRecord);
        var body = ledgerRecord[LedgerRecordHead.SizeBytes..];
        lock (_gate)
        {
            var cursor = head.Lsn == _position.Lsn ? _position with { Place = _position.Place + 1 } : new LiveCursor(head.Lsn, 0);
            _position = cursor;
            switch (head.Kind)
            {
                case LedgerRecordKind.Transition:
                    Hub.Publish(new LiveItem(ApplyTransition(cursor, head.EquipmentIndex, body)));
                    break;
                case LedgerRecordKind.Downtime:
                    Hub.Publish(new LiveItem(ApplyDowntime(new LiveDowntime(
                        cursor, head.EquipmentIndex, MemoryMarshal.Read<DowntimeBody>(body)))));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>
    /// How machines were heard, by equipment index, from here on: others go on writing into the array, so that nobody
    /// has to be told of each reading.
    /// </summary>
    public void Adopt(MachineVital[] vitals) => _vitals = vitals;

    /// <summary>
    /// Every known machine in one consistent copy, in the order of their indexes. A machine that no rule speaks of is
    /// one too.
    /// </summary>
    public LiveMachine[] Machines()
    {
        lock (_gate)
        {
            var machines = new LiveMachine[Math.Max(_names.Equipment.Count, _indexEnd)];
            for (var index = 0; index < machines.Length; index++)
            {
                machines[index] = Copy(index);
            }

            return machines;
        }
    }

    public LiveMachine Machine(int equipmentIndex)
    {
        lock (_gate)
        {
            return Copy(equipmentIndex);
        }
    }

    /// <summary>Transitions that <paramref name="wanted"/> takes, newest first, older than <paramref name="before"/>.</summary>
    public List<LiveTransition> Transitions(LiveCursor? before, int countMax, Func<LiveTransition, bool> wanted)
    {
        var found = new List<LiveTransition>();
        lock (_gate)
        {
            for (var place = _transitions.Count - 1; place >= 0 && found.Count < countMax; place--)
            {
                ref var row = ref _transitions[place];
                if ((before is null || row.Cursor < before) && wanted(row))
                {
                    found.Add(row);
                }
            }
        }

        return found;
    }

    /// <summary>The newest row of each downtime that <paramref name="wanted"/> takes: open ones first, each sort newest first.</summary>
    public List<LiveDowntime> Downtimes(Func<LiveDowntime, bool> wanted)
    {
        List<LiveDowntime> found;
        lock (_gate)
        {
            found = [.. Open().Where(wanted)];
            found.Sort((a, b) => b.Cursor.CompareTo(a.Cursor));
            for (var place = _closed.Count - 1; place >= 0; place--)
            {
                if (wanted(_closed[place]))
                {
                    found.Add(_closed[place]);
                }
            }
        }

        return found;
    }

    /// <summary>
    /// What came after a cursor, in order, for a client that comes back. False: the history does not reach back so far,
    /// and the client must load anew.
    /// </summary>
    public bool TryReplay(LiveCursor after, out List<LiveItem> items)
    {
        items = [];
        lock (_gate)
        {
            if (after > _position || (_transitions.Evicted > 0 && _transitions[0].Cursor > after)
                || (_closed.Evicted > 0 && _closed[0].Cursor > after))
            {
                return false;
            }

            for (var place = _transitions.Count - 1; place >= 0 && _transitions[place].Cursor > after; place--)
            {
                items.Add(new LiveItem(_transitions[place]));
            }

            for (var place = _closed.Count - 1; place >= 0 && _closed[place].Cursor > after; place--)
            {
                items.Add(new LiveItem(_closed[place]));
            }

            items.AddRange(Open().Where(open => open.Cursor > after).Select(open => new LiveItem(open)));
        }

        items.Sort((a, b) => a.Cursor.CompareTo(b.Cursor));
        return true;
    }

    /// <summary>History begins behind this event time: what was before made place.</summary>
    public bool IsCutAt(long micros)
    {
        lock (_gate)
        {
            return _transitions.Evicted > 0 && _transitions[0].Body.AtMicros > micros;
        }
    }

    private LiveTransition ApplyTransition(LiveCursor cursor, int equipmentIndex, ReadOnlySpan<byte> bytes)
    {
        var body = MemoryMarshal.Read<TransitionBody>(bytes);
        var machine = MachineOf(equipmentIndex);
        var known = machine.States.FindIndex(state => state.RuleWord == body.RuleWord);
        var evidence = body.EvidenceBytes > 0
            ? bytes.Slice(TransitionBody.SizeBytes, body.EvidenceBytes).ToArray()
            : null;
        var row = new LiveTransition(
            cursor,
            equipmentIndex,
            body,
            known >= 0 ? machine.States[known].Category : _categories.Of(body.RuleVersion, body.RuleWord, body.FromWord),
            body.ToWord < 0 ? DowntimeCategory.None : _categories.Of(body.RuleVersion, body.RuleWord, body.ToWord),
            evidence);

        _counts.Leave(machine.Category);
        if (body.ToWord < 0)
        {
            machine.States.RemoveAll(state => state.RuleWord == body.RuleWord);
        }
        else
        {
            machine.Put(new LiveState(
                body.RuleWord, body.ToWord, body.ReasonWord, row.ToCategory, body.SinceMicros, body.AtMicros, null));
        }

        _counts.Enter(machine.Category);
        Keep(row);
        return row;
    }

    private LiveDowntime ApplyDowntime(LiveDowntime row)
    {
        var machine = MachineOf(row.EquipmentIndex);
        _counts.OpenNow -= machine.Open.RemoveAll(open => open.Body.RuleWord == row.Body.RuleWord);
        if (!row.IsOpen)
        {
            _counts.Closed++;
            _counts.MicroStops += row.Body.Micro == MicroStop.Yes ? 1 : 0;
            _closed.Add(row);
            return row;
        }

        _counts.Opened++;
        _counts.OpenNow++;
        machine.Open.Add(row);
        if (machine.States.TrueForAll(state => state.RuleWord != row.Body.RuleWord))
        {
            // The transition was before the ledger's begin: the downtime tells the state.
            _counts.Leave(machine.Category);
            machine.Put(new LiveState(
                row.Body.RuleWord, row.Body.StateWord, row.Body.ReasonWord, row.Body.Category,
                row.Body.StartMicros, row.Body.AtMicros, null));
            _counts.Enter(machine.Category);
        }

        return row;
    }

    private void Keep(in LiveTransition row)
    {
        _counts.Transitions++;
        if (_transitions.Count == _limits.Transitions)
        {
            _evidenceBytes -= _transitions[0].Evidence?.Length ?? 0;
        }

        _transitions.Add(row);
        _evidenceBytes += row.Evidence?.Length ?? 0;

        // Evidence is a few hundred bytes where a row is a hundred: it goes first, from the old end.
        while (_evidenceBytes > _limits.EvidenceBytes)
        {
            var place = (int)Math.Max(0, _evidenceCleared - _transitions.Evicted);
            _evidenceBytes -= _transitions[place].Evidence?.Length ?? 0;
            _transitions[place] = _transitions[place] with { Evidence = null };
            _evidenceCleared = _transitions.Evicted + place + 1;
        }
    }

    private IEnumerable<LiveDowntime> Open() => _machines.Values.SelectMany(machine => machine.Open);

    private Known MachineOf(int equipmentIndex)
    {
        ref var machine = ref CollectionsMarshal.GetValueRefOrAddDefault(_machines, equipmentIndex, out _);
        if (machine is null)
        {
            machine = new Known();
            _counts.Enter(machine.Category);
            _indexEnd = Math.Max(_indexEnd, equipmentIndex + 1);
        }

        return machine;
    }

    private LiveMachine Copy(int equipmentIndex)
    {
        var vitals = _vitals;
        var vital = equipmentIndex < vitals.Length ? vitals[equipmentIndex] : default;
        return new LiveMachine(
            equipmentIndex,
            _machines.TryGetValue(equipmentIndex, out var machine)
                ? [.. machine.States.Select(state => state with { Open = machine.OpenOf(state.RuleWord) })]
                : [],
            vital.EventMicros == 0 ? null : vital.EventMicros,
            vital.ReceivedMicros == 0 ? null : vital.ReceivedMicros);
    }

    private sealed class Known
    {
        // Lists, because a machine has a handful of rules.
        public List<LiveState> States { get; } = [];

        public List<LiveDowntime> Open { get; } = [];

        public DowntimeCategory Category => Attention.First(States);

        public LiveDowntime? OpenOf(int ruleWord)
        {
            var place = Open.FindIndex(open => open.Body.RuleWord == ruleWord);
            return place < 0 ? null : Open[place];
        }

        public void Put(in LiveState state)
        {
            var ruleWord = state.RuleWord;
            var place = States.FindIndex(known => known.RuleWord == ruleWord);
            if (place < 0)
            {
                States.Add(state);
            }
            else
            {
                States[place] = state;
            }
        }
    }
}
