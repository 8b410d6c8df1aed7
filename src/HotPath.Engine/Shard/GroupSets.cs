namespace HotPath.Engine.Shard;

/// <summary>
/// Groups by their set of sources: finds or makes the group of a set with one source more, and takes empty ones away.
/// The shard thread only. At most one group for each machine, so it is never full.
/// </summary>
internal sealed unsafe class GroupSets(NativePool pool, SourceState* sources) : IDisposable
{
    private const int BucketCountFirst = 64;

    private readonly Reserved<WatermarkGroup> _groups = new(EngineLimits.EquipmentCountMax + 1);
    private int* _buckets;
    private int _bucketCount;
    private int _free = WatermarkGroup.None;
    private int _liveCount;

    public WatermarkGroup* Items => _groups.Items;

    /// <summary>Every group's index is below it; free ones have no machines.</summary>
    public int Count { get; private set; }

    public bool Holds(int group, int source) => PlaceIn(&Items[group], source) >= 0;

    /// <summary>The group of a group's sources and one more, or of that one alone.</summary>
    public int With(int group, int source)
    {
        var old = group == WatermarkGroup.None ? null : &Items[group];
        var hash = Mix(source) + (old == null ? 0 : old->SetHash);
        if (_bucketCount > 0)
        {
            for (var found = _buckets[Bucket(hash)]; found != WatermarkGroup.None; found = Items[found].HashNext)
            {
                if (Items[found].SetHash == hash && IsSetWith(&Items[found], old, source))
                {
                    return found;
                }
            }
        }

        return AddWhenNew(old, source, hash);
    }

    public void Remove(int group)
    {
        var empty = &Items[group];
        for (var index = 0; index < empty->SourceCount; index++)
        {
            LeaveSource(empty->Sources[index]);
        }

        ref var link = ref _buckets[Bucket(empty->SetHash)];
        while (link != group)
        {
            link = ref Items[link].HashNext;
        }

        link = empty->HashNext;
        pool.Give(empty->Sources, (long)empty->SourceCount * sizeof(GroupSource));
        pool.Give(empty->Slowest, (long)empty->SourceCount * sizeof(HeapEntry));
        pool.Give(empty->Machines.Entries, (long)empty->Machines.Capacity * sizeof(HeapEntry));
        *empty = default;
        empty->Watched = WatermarkGroup.None;
        empty->HashNext = _free;
        _free = group;
        _liveCount--;
    }

    public void Dispose() => _groups.Dispose();

    private int AddWhenNew(WatermarkGroup* old, int source, ulong hash)
    {
        if (_liveCount >= _bucketCount)
        {
            GrowBuckets();
        }

        var index = _free;
        if (index == WatermarkGroup.None)
        {
            index = Count++;
        }
        else
        {
            _free = Items[index].HashNext;
        }

        var group = &Items[index];
        *group = default;
        group->Watched = WatermarkGroup.None;
        group->SetHash = hash;
        group->SourceCount = 1 + (old == null ? 0 : old->SourceCount);
        group->Sources = (GroupSource*)pool.Take((long)group->SourceCount * sizeof(GroupSource));
        FillSources(group, old, source, index);
        group->OnlySource = group->SourceCount == 1 ? source : WatermarkGroup.None;
        if (group->SourceCount > 1)
        {
            group->Slowest = (HeapEntry*)pool.Take((long)group->SourceCount * sizeof(HeapEntry));
            SlowestSources.Fill(group, sources);
        }

        group->HashNext = _buckets[Bucket(hash)];
        _buckets[Bucket(hash)] = index;
        _liveCount++;
        return index;
    }

    private void FillSources(WatermarkGroup* group, WatermarkGroup* old, int source, int index)
    {
        var at = 0;
        var oldCount = old == null ? 0 : old->SourceCount;
        for (var oldAt = 0; oldAt < oldCount && old->Sources[oldAt].Source < source; oldAt++)
        {
            group->Sources[at++].Source = old->Sources[oldAt].Source;
        }

        group->Sources[at++].Source = source;
        while (at < group->SourceCount)
        {
            group->Sources[at].Source = old->Sources[at - 1].Source;
            at++;
        }

        for (at = 0; at < group->SourceCount; at++)
        {
            group->Sources[at].Place = EnterSource(group->Sources[at].Source, index);
        }
    }

    private int EnterSource(int source, int group)
    {
        var state = &sources[source];
        if (state->GroupCount == state->GroupCapacity)
        {
            var capacity = Math.Max(4, state->GroupCapacity * 2);
            state->Groups = (int*)pool.Grow(
                state->Groups, (long)state->GroupCapacity * sizeof(int), (long)capacity * sizeof(int));
            state->GroupCapacity = capacity;
        }

        state->Groups[state->GroupCount] = group;
        return state->GroupCount++;
    }

    // The last group of the list takes the free place.
    private void LeaveSource(GroupSource leaving)
    {
        var state = &sources[leaving.Source];
        var moved = state->Groups[--state->GroupCount];
        state->Groups[leaving.Place] = moved;
        if (leaving.Place < state->GroupCount)
        {
            var group = &Items[moved];
            group->Sources[PlaceIn(group, leaving.Source)].Place = leaving.Place;
        }
    }

    private static int PlaceIn(WatermarkGroup* group, int source)
    {
        int low = 0, high = group->SourceCount - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var found = group->Sources[middle].Source;
            if (found == source)
            {
                return middle;
            }

            if (found < source)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    private static bool IsSetWith(WatermarkGroup* group, WatermarkGroup* old, int source)
    {
        var oldCount = old == null ? 0 : old->SourceCount;
        if (group->SourceCount != oldCount + 1 || PlaceIn(group, source) < 0)
        {
            return false;
        }

        for (var at = 0; at < oldCount; at++)
        {
            if (PlaceIn(group, old->Sources[at].Source) < 0)
            {
                return false;
            }
        }

        return true;
    }

    private void GrowBuckets()
    {
        var count = Math.Max(BucketCountFirst, _bucketCount * 2);
        pool.Give(_buckets, (long)_bucketCount * sizeof(int));
        _buckets = (int*)pool.Take((long)count * sizeof(int));
        new Span<int>(_buckets, count).Fill(WatermarkGroup.None);
        _bucketCount = count;
        for (var index = 0; index < Count; index++)
        {
            if (Items[index].SourceCount > 0)
            {
                ref var first = ref _buckets[Bucket(Items[index].SetHash)];
                Items[index].HashNext = first;
                first = index;
            }
        }
    }

    private int Bucket(ulong hash) => (int)(hash >> 32) & (_bucketCount - 1);

    // A sum of mixed members does not depend on their order.
    private static ulong Mix(int source)
    {
        var mixed = ((ulong)(uint)source + 1) * 0x9E37_79B9_7F4A_7C15UL;
        mixed ^= mixed >> 32;
        return mixed * 0xD6E8_FEB8_6659_FD93UL;
    }
}
