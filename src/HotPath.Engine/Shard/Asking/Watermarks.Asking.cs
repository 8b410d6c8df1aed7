using HotPath.Engine.Shard.Asking;

namespace HotPath.Engine.Shard;

/// <summary>What others may know of sources. The shard thread.</summary>
internal sealed unsafe partial class Watermarks
{
    // Beside the sources, whose line every reading needs: a late reading is seldom.
    private readonly Reserved<SourceLateness> _lateness = new(EngineLimits.SourceCountMax);

    /// <summary>A machine's watermark as the last pass left it, and who holds it back; -1 = all of its sources are idle.</summary>
    public long Of(Machine* machine, out int holder)
    {
        holder = -1;
        return machine->Group == WatermarkGroup.None
            ? machine->FloorMicros
            : Math.Max(machine->FloorMicros, OfGroup(&Groups[machine->Group], out holder));
    }

    /// <summary>A reading came so far behind its machine's watermark.</summary>
    public void CountLate(int source, long behindMicros)
    {
        ref var late = ref _lateness.Items[source];
        late.Readings++;
        late.MicrosMax = Math.Max(late.MicrosMax, behindMicros);
    }

    public void ForgetLateness() => new Span<SourceLateness>(_lateness.Items, _sourceCount).Clear();

    public void Tell(int source, ref SourceVital vital)
    {
        var state = &Sources[source];
        vital.IsKnown = state->IsKnown;
        vital.IsIdle = state->IsKnown && Silence.IsIdle(state);
        vital.ProgressMicros = state->ProgressMicros;
        vital.HeardMicros = state->HeardMicros;
        vital.Late = _lateness.Items[source];
    }

    /// <summary>How far a source's newest event time was behind the arrival clock at its last sign of life.</summary>
    public bool TryGetDelay(int source, out long micros)
    {
        var state = &Sources[source];
        var isKnown = state->IsKnown && state->HeardMicros != ArrivalClock.None && state->ProgressMicros != SourceState.Never;
        micros = isKnown ? state->HeardMicros - state->ProgressMicros : 0;
        return isKnown;
    }
}
