using System.Runtime.InteropServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// Machines that hear from the same set of sources, ordered by what is due next in each. A group watches one thing
/// that holds it back, as a clause of a SAT solver watches one literal: as long as that has not moved far enough,
/// nothing in the group is due, however far the others are.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WatermarkGroup
{
    public const int None = -1;

    /// <summary>All sources are idle: the arrival clock is what it waits for.</summary>
    public const int Clock = -2;

    /// <summary>The source, if there is no other; else <see cref="None"/>.</summary>
    public int OnlySource;

    /// <summary>The source it watches, or <see cref="None"/>, or <see cref="Clock"/>.</summary>
    public int Watched;

    /// <summary>The event time for which it watches: not later than something in it is due.</summary>
    public long WatchKey;

    /// <summary>All machines of the group; long.MaxValue = nothing is due ever. A key may be earlier than the machine is due.</summary>
    public NativeHeap Machines;

    /// <summary>The set, ascending, and for each the group's place in the list of groups of that source.</summary>
    public GroupSource* Sources;
    public int SourceCount;

    /// <summary>The sources by progress, when there are more than one: see <see cref="SlowestSources"/>.</summary>
    public HeapEntry* Slowest;

    /// <summary>So many of them are not idle as far as is known: the rest stands behind.</summary>
    public int AwakeCount;

    /// <summary>Its place in the heap of what it watches, + 1.</summary>
    public int WatchPlace;

    public int HashNext;
    public ulong SetHash;
    public bool IsTouched;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GroupSource
{
    public int Source;
    public int Place;
}

/// <summary>What is known of one source.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SourceState
{
    /// <summary>Never heard of.</summary>
    public const long Never = long.MinValue;

    /// <summary>The greatest event time seen from it, whichever equipment it was for.</summary>
    public long ProgressMicros;

    /// <summary>The arrival clock at its last sign of life; Never while there is no such clock.</summary>
    public long HeardMicros;

    /// <summary>Groups that it holds back, by the event time that they wait for.</summary>
    public NativeHeap Watching;

    /// <summary>Groups that it belongs to.</summary>
    public int* Groups;
    public int GroupCount;
    public int GroupCapacity;

    /// <summary>Place in the heap of what may become idle next, + 1.</summary>
    public int IdlePlace;
    public bool IsKnown;
}
