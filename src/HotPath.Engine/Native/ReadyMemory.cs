using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// Pieces of native memory of one size that wait to be taken, so that the taker's thread need not ask the system. Any
/// threads, without locks. What is not ready in time is taken from the system after all, and counted.
/// </summary>
internal sealed unsafe class ReadyMemory : IDisposable
{
    private readonly nuint _bytes;
    private readonly nuint _alignmentBytes;
    private readonly int _readyCount;
    private readonly nint[] _places;
    private long _unpreparedCount;

    /// <param name="bytes">Of a piece.</param>
    /// <param name="alignmentBytes">A power of two; where it is that of large pages, they are asked for.</param>
    /// <param name="readyCount">How many <see cref="Prepare"/> keeps ready.</param>
    /// <param name="keptCount">How many may lie here, with those that were given back: at least <paramref name="readyCount"/>.</param>
    public ReadyMemory(long bytes, int alignmentBytes, int readyCount, int keptCount)
    {
        Invariant.Holds(keptCount >= readyCount);
        _bytes = (nuint)bytes;
        _alignmentBytes = (nuint)alignmentBytes;
        _readyCount = readyCount;
        _places = new nint[keptCount];
    }

    /// <summary>Pieces that were not ready when they were needed.</summary>
    public long UnpreparedCount => Volatile.Read(ref _unpreparedCount);

    /// <summary>Cold: makes a piece ready, its pages touched, when fewer than wanted are.</summary>
    public bool Prepare()
    {
        for (var index = 0; index < _readyCount; index++)
        {
            if (Volatile.Read(ref _places[index]) == 0)
            {
                var memory = FromSystem();
                NativeMemory.Clear(memory, _bytes);
                Give(memory);
                return true;
            }
        }

        return false;
    }

    /// <summary>A piece, of any content.</summary>
    public byte* Take()
    {
        foreach (ref var place in _places.AsSpan())
        {
            var memory = Volatile.Read(ref place) == 0 ? 0 : Interlocked.Exchange(ref place, 0);
            if (memory != 0)
            {
                return (byte*)memory;
            }
        }

        Interlocked.Increment(ref _unpreparedCount);
        return FromSystem();
    }

    /// <summary>Gives a piece back, to be taken again or, where there is no place, to the system.</summary>
    public void Give(void* memory)
    {
        foreach (ref var place in _places.AsSpan())
        {
            if (Volatile.Read(ref place) == 0 && Interlocked.CompareExchange(ref place, (nint)memory, 0) == 0)
            {
                return;
            }
        }

        NativeMemory.AlignedFree(memory);
    }

    public void Dispose()
    {
        foreach (ref var place in _places.AsSpan())
        {
            NativeMemory.AlignedFree((void*)Interlocked.Exchange(ref place, 0));
        }
    }

    private byte* FromSystem()
    {
        var memory = (byte*)NativeMemory.AlignedAlloc(_bytes, _alignmentBytes);
        HugePages.Advise(memory, _bytes);
        return memory;
    }
}
