using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// A position in the ring (an LSN) that one thread moves and others watch, alone on its cache lines.
/// Any thread may read it; who writes it is said by its owner. It is never full and never late.
/// </summary>
/// <remarks>120 bytes on either side: wherever the object lies, no other field shares its pair of 64-byte lines, which
/// the prefetcher fetches together.</remarks>
internal sealed class Sequence
{
    public const int SizeBytes = (2 * PaddingBytes) + sizeof(long);
    public const int PaddingBytes = 120;

    private PaddedLong _padded;

    public Sequence(long value)
    {
        _padded.Value = value;
    }

    /// <summary>Reads with acquire: what was written before this value was published is seen.</summary>
    public long Value => Volatile.Read(ref _padded.Value);

    /// <summary>Writes with release: what was written before is seen by whoever reads this value.</summary>
    public void Publish(long value) => Volatile.Write(ref _padded.Value, value);

    public bool TryMove(long from, long to) => Interlocked.CompareExchange(ref _padded.Value, to, from) == from;

    // The size of a struct is kept to by the runtime; that of a class only up to its last field.
    // Safe because the struct holds no references. Worth it: RingBench, a shared line costs 50 to 270 ns.
    [StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
    private struct PaddedLong
    {
        [FieldOffset(PaddingBytes)] public long Value;
    }
}
