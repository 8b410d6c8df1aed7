using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// Wakes sleeping threads; an event count over a futex. Any thread may call it. A sleeper announces itself, looks once
/// more whether there is something to do, and only then sleeps; a ring in between makes the sleep return at once.
/// </summary>
/// <remarks>
/// The publisher writes its news, then reads the count of sleepers; the sleeper writes the count, then reads the news.
/// One of them must see the other, which takes a fence on both sides. Here the sleeper pays for both: a barrier over
/// all threads of the process (membarrier), so that a publisher with nobody asleep pays for one read.
/// </remarks>
internal sealed unsafe class Doorbell : IDisposable
{
    // Safe because the memory lives as long as the bell. Worth it: a futex needs an address that does not move.
    // Own cache line: the count of sleepers is read by every publisher.
    private readonly State* _state;

    public Doorbell()
    {
        _state = (State*)NativeMemory.AlignedAlloc((nuint)sizeof(State), 128);
        *_state = default;
    }

    /// <summary>Wakes all that sleep or have announced it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ring()
    {
        if (Volatile.Read(ref _state->Sleepers) != 0)
        {
            RingWhenSomebodySleeps();
        }
    }

    /// <summary>
    /// Must be followed by a last look for work, perhaps <see cref="Sleep"/>, and <see cref="Withdraw"/>.
    /// </summary>
    public int Announce()
    {
        Interlocked.Increment(ref _state->Sleepers);
        var ticket = Volatile.Read(ref _state->Rings);

        // Orders: our count of sleepers before our last look; every publisher's news before its read of the count.
        Interlocked.MemoryBarrierProcessWide();
        return ticket;
    }

    /// <summary>Sleeps until a ring after the ticket, or the time is over.</summary>
    public void Sleep(int ticket, int micros) => Libc.FutexWait(&_state->Rings, ticket, micros);

    public void Withdraw() => Interlocked.Decrement(ref _state->Sleepers);

    public void Dispose() => NativeMemory.AlignedFree(_state);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RingWhenSomebodySleeps()
    {
        Interlocked.Increment(ref _state->Rings);
        Libc.FutexWakeAll(&_state->Rings);
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct State
    {
        [FieldOffset(0)] public int Sleepers;
        [FieldOffset(4)] public int Rings;
    }
}
