namespace HotPath.Engine.Shard;

/// <summary>
/// What each group waits for: the progress of the one source that holds it back, or the arrival clock while all of its
/// sources are idle; and which sources may become idle next. The shard thread only; it grows with groups and sources.
/// </summary>
internal sealed unsafe class GroupWatch(NativePool pool, GroupSets groups, SourceState* sources, Watermarks watermarks)
{
    private NativeHeap _idle;
    private NativeHeap _clockWatching;

    /// <summary>Groups that may have something due: they watch nothing until <see cref="SettleTouched"/>.</summary>
    public NativeList<int> Touched { get; } = new(pool);

    /// <summary>Whether the clock at this time makes no source idle and lets no group go on.</summary>
    public bool IsQuietAt(long clockMicros) => clockMicros <= _idle.TopKey && clockMicros < _clockWatching.TopKey;

    /// <summary>Touches what the clock and the progress of one source let go on.</summary>
    public void Pass(long clockMicros, int source)
    {
        while (_idle.TopKey < clockMicros)
        {
            CheckIdle(_idle.Entries[0].Id);
        }

        if (source >= 0)
        {
            var state = &sources[source];
            var reachedMicros = state->ProgressMicros - watermarks.OutOfOrdernessMicros;
            while (state->Watching.TopKey <= reachedMicros)
            {
                Touch(state->Watching.Entries[0].Id);
            }
        }

        while (_clockWatching.TopKey <= clockMicros)
        {
            Touch(_clockWatching.Entries[0].Id);
        }
    }

    public void Touch(int group)
    {
        Unwatch(group);
        if (!groups.Items[group].IsTouched)
        {
            groups.Items[group].IsTouched = true;
            Touched.Add(group);
        }
    }

    public void SettleTouched()
    {
        for (var index = 0; index < Touched.Count; index++)
        {
            var group = Touched[index];
            groups.Items[group].IsTouched = false;
            Watch(group);
        }

        Touched.Clear();
    }

    /// <summary>A group in which nothing is due watches for what will be.</summary>
    public void Watch(int index)
    {
        var group = &groups.Items[index];
        var due = group->Machines.TopKey;
        if (due == long.MaxValue)
        {
            return;
        }

        if (group->Watched >= 0 && group->WatchKey <= due)
        {
            return;
        }

        WatchAnew(index, due);
    }

    public void Unwatch(int index)
    {
        var group = &groups.Items[index];
        if (group->Watched >= 0)
        {
            HeapOrder<WatchPlaces>.Remove(
                ref sources[group->Watched].Watching, group->WatchPlace - 1, new WatchPlaces(groups.Items));
        }
        else if (group->Watched == WatermarkGroup.Clock)
        {
            HeapOrder<WatchPlaces>.Remove(ref _clockWatching, group->WatchPlace - 1, new WatchPlaces(groups.Items));
        }

        group->Watched = WatermarkGroup.None;
    }

    /// <summary>The first reading of a source that knows its arrival: from here on it can become idle.</summary>
    public void BeginToAge(int source, long clockMicros)
    {
        if (clockMicros != ArrivalClock.None && watermarks.IdleTimeoutMicros != Watermarks.NoTimeout)
        {
            var key = clockMicros + watermarks.IdleTimeoutMicros;
            HeapOrder<IdlePlaces>.Insert(ref _idle, pool, key, source, new IdlePlaces(sources));
        }
    }

    /// <summary>Nothing is known any more of when sources become idle: the timeout has changed.</summary>
    public void ForgetIdle()
    {
        while (_idle.Count > 0)
        {
            HeapOrder<IdlePlaces>.Remove(ref _idle, 0, new IdlePlaces(sources));
        }
    }

    private void CheckIdle(int source)
    {
        var state = &sources[source];
        if (!watermarks.Silence.IsIdle(state) && state->Watching.Count > 0)
        {
            // Heard since it was put here: it may become idle later.
            HeapOrder<IdlePlaces>.Change(ref _idle, 0, IdleKey(state), new IdlePlaces(sources));
            return;
        }

        HeapOrder<IdlePlaces>.Remove(ref _idle, 0, new IdlePlaces(sources));
        while (state->Watching.Count > 0)
        {
            Touch(state->Watching.Entries[0].Id);
        }
    }

    private long IdleKey(SourceState* state) =>
        state->HeardMicros == ArrivalClock.None ? long.MaxValue : state->HeardMicros + watermarks.IdleTimeoutMicros;

    private void WatchAnew(int index, long due)
    {
        Unwatch(index);
        var group = &groups.Items[index];
        var watermark = watermarks.OfGroup(group, out var holder);
        Invariant.Holds(watermark < due, "what is due was worked on before its group watches again");
        var places = new WatchPlaces(groups.Items);
        if (holder < 0)
        {
            // All idle: the watermark goes with the clock, so it is due when the clock has gone so much further.
            group->Watched = WatermarkGroup.Clock;
            HeapOrder<WatchPlaces>.Insert(
                ref _clockWatching, pool, watermarks.PassMicros + (due - watermark), index, places);
            return;
        }

        group->Watched = holder;
        group->WatchKey = due;
        var state = &sources[holder];
        HeapOrder<WatchPlaces>.Insert(ref state->Watching, pool, due, index, places);
        if (state->IdlePlace == 0
            && watermarks.IdleTimeoutMicros != Watermarks.NoTimeout
            && state->HeardMicros != ArrivalClock.None)
        {
            HeapOrder<IdlePlaces>.Insert(ref _idle, pool, IdleKey(state), holder, new IdlePlaces(sources));
        }
    }

    private readonly struct WatchPlaces(WatermarkGroup* groups) : IHeapPlaces
    {
        public void Set(int id, int placePlusOne) => groups[id].WatchPlace = placePlusOne;
    }

    private readonly struct IdlePlaces(SourceState* sources) : IHeapPlaces
    {
        public void Set(int id, int placePlusOne) => sources[id].IdlePlace = placePlusOne;
    }
}
