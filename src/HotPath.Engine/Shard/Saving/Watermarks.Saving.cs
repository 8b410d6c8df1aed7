using System.Buffers.Binary;
using HotPath.Engine.Ring;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Shard;

/// <summary>
/// How watermarks are saved and loaded: options, the last pass and the sources. Groups, and what they watch, follow from
/// the machines' sources and what is due, so they are made again.
/// </summary>
internal sealed unsafe partial class Watermarks
{
    // While loading: groups by the bytes of their sources' indexes.
    private Dictionary<string, int>? _loadedGroups;

    /// <summary>Who keeps what floors were while the state is saved.</summary>
    public ShardSaver? Saver { get; set; }

    public int KnownSourceCount
    {
        get
        {
            var count = 0;
            for (var source = 0; source < _sourceCount; source++)
            {
                count += Sources[source].IsKnown ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>The set of sources that a machine has heard from.</summary>
    public ReadOnlySpan<GroupSource> SourcesOf(Machine* machine) => machine->Group == WatermarkGroup.None
        ? default
        : new ReadOnlySpan<GroupSource>(Groups[machine->Group].Sources, Groups[machine->Group].SourceCount);

    public void SaveOptions(ref StateBytes to)
    {
        to.Put(_passMicros);
        to.Put(_isAllDoubtful ? 1L : 0L);
        to.Put(Options.OutOfOrdernessMicros);
        to.Put(Options.IdleTimeoutMicros ?? Slot.NoNumber);
        to.Put(Options.MaxFutureMicros ?? Slot.NoNumber);
    }

    public void SaveSources(ref StateBytes to)
    {
        for (var source = 0; source < _sourceCount; source++)
        {
            if (Sources[source].IsKnown)
            {
                to.Put((long)source);
                to.Put(Sources[source].ProgressMicros);
                to.Put(Sources[source].HeardMicros);
            }
        }
    }

    /// <summary>Before the machines, in watermarks that know nothing yet. Cold.</summary>
    public void Load(SavedWatermarks saved)
    {
        Adopt(saved.Options);
        _passMicros = saved.PassMicros;
        _isAllDoubtful = saved.IsAllDoubtful;
        _loadedGroups = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var source in saved.Sources)
        {
            if (source.Source is < 0 or >= EngineLimits.SourceCountMax)
            {
                throw new SavedStateException($"there is no source {source.Source}");
            }

            Sources[source.Source].IsKnown = true;
            Sources[source.Source].ProgressMicros = source.ProgressMicros;
            Sources[source.Source].HeardMicros = source.HeardMicros;
            _sourceCount = Math.Max(_sourceCount, source.Source + 1);
        }
    }

    /// <summary>A machine with all its parts comes into its group. Cold.</summary>
    public void LoadMachine(Machine* machine, ReadOnlySpan<byte> sources)
    {
        if (sources.IsEmpty)
        {
            return;
        }

        var key = Convert.ToBase64String(sources);
        if (!_loadedGroups!.TryGetValue(key, out var group))
        {
            group = WatermarkGroup.None;
            for (; !sources.IsEmpty; sources = sources[sizeof(int)..])
            {
                var source = BinaryPrimitives.ReadInt32LittleEndian(sources);
                if ((uint)source >= (uint)_sourceCount || !Sources[source].IsKnown
                    || (group != WatermarkGroup.None && _groups.Holds(group, source)))
                {
                    throw new SavedStateException($"a machine cannot have heard from source {source}");
                }

                group = _groups.With(group, source);
            }

            _loadedGroups[key] = group;
        }

        machine->Group = group;
        machine->GroupKey = machine->DueMicros;
        HeapOrder<MachinePlaces>.Insert(
            ref Groups[group].Machines, _pool, machine->GroupKey, (int)(machine - _machines), new MachinePlaces(_groupPlaces.Items));
    }

    /// <summary>After the last machine: every group watches something again. Cold.</summary>
    public void EndLoad()
    {
        _loadedGroups = null;
        for (var group = 0; group < _groups.Count; group++)
        {
            if (Groups[group].SourceCount > 0 && Groups[group].Machines.Count == 0)
            {
                // Only a step on the way to a larger set.
                _groups.Remove(group);
            }
            else if (!_isAllDoubtful)
            {
                // While all is doubtful the next pass looks at every group.
                _watch.Watch(group);
            }
        }
    }
}
