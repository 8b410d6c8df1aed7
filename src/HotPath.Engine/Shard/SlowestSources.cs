namespace HotPath.Engine.Shard;

/// <summary>
/// Which source of a group holds it back, without looking at all of them: the one of least progress that is not idle, of
/// equals the least index. The shard thread only.
/// </summary>
/// <remarks>
/// A 4-ary heap by (progress, source). Progress only grows, so a key may be behind: it is put right when its source gets
/// to the top, and a source that is ahead costs nothing however often it is heard. Sources found idle stand behind the
/// heap until they return.
/// </remarks>
internal static unsafe class SlowestSources
{
    /// <summary>All sources as they are now, none of them idle as far as is known.</summary>
    public static void Fill(WatermarkGroup* group, SourceState* sources)
    {
        group->AwakeCount = group->SourceCount;
        for (var index = 0; index < group->SourceCount; index++)
        {
            var source = group->Sources[index].Source;
            group->Slowest[index] = new HeapEntry { Key = sources[source].ProgressMicros, Id = source };
        }

        for (var place = group->SourceCount >> 2; place >= 0; place--)
        {
            Down(group, place);
        }
    }

    /// <summary>The source that holds the group back; -1 = all are idle.</summary>
    public static int Find(WatermarkGroup* group, SourceState* sources, in Silence silence)
    {
        while (group->AwakeCount > 0)
        {
            ref var top = ref group->Slowest[0];
            var state = &sources[top.Id];
            if (silence.IsIdle(state))
            {
                ref var last = ref group->Slowest[--group->AwakeCount];
                (top, last) = (last, top);
            }
            else if (state->ProgressMicros > top.Key)
            {
                top.Key = state->ProgressMicros;
            }
            else
            {
                return top.Id;
            }

            Down(group, 0);
        }

        return -1;
    }

    /// <summary>A source that was idle is heard again.</summary>
    public static void Return(WatermarkGroup* group, int source)
    {
        for (var place = group->AwakeCount; place < group->SourceCount; place++)
        {
            if (group->Slowest[place].Id == source)
            {
                ref var first = ref group->Slowest[group->AwakeCount];
                (first, group->Slowest[place]) = (group->Slowest[place], first);
                Up(group, group->AwakeCount++);
                return;
            }
        }
    }

    private static bool IsBefore(in HeapEntry left, in HeapEntry right) =>
        left.Key < right.Key || (left.Key == right.Key && left.Id < right.Id);

    private static void Up(WatermarkGroup* group, int place)
    {
        var entry = group->Slowest[place];
        while (place > 0 && IsBefore(entry, group->Slowest[(place - 1) >> 2]))
        {
            group->Slowest[place] = group->Slowest[(place - 1) >> 2];
            place = (place - 1) >> 2;
        }

        group->Slowest[place] = entry;
    }

    private static void Down(WatermarkGroup* group, int place)
    {
        if (place >= group->AwakeCount)
        {
            return;
        }

        var entry = group->Slowest[place];
        while ((place << 2) + 1 < group->AwakeCount)
        {
            var child = (place << 2) + 1;
            var end = Math.Min(child + 4, group->AwakeCount);
            for (var other = child + 1; other < end; other++)
            {
                child = IsBefore(group->Slowest[other], group->Slowest[child]) ? other : child;
            }

            if (!IsBefore(group->Slowest[child], entry))
            {
                break;
            }

            group->Slowest[place] = group->Slowest[child];
            place = child;
        }

        group->Slowest[place] = entry;
    }
}

/// <summary>When a source counts as idle: silent for longer than the timeout at the last pass.</summary>
internal readonly unsafe struct Silence(long passMicros, long idleTimeoutMicros)
{
    public bool IsIdle(SourceState* state) =>
        passMicros - state->HeardMicros > idleTimeoutMicros
        && state->HeardMicros != ArrivalClock.None
        && passMicros != ArrivalClock.None;
}
