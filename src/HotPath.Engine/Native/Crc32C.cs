using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>
/// CRC-32C (Castagnoli), by the processor's instruction. Stateless; any thread may call it.
/// </summary>
/// <remarks>
/// The instruction takes 3 cycles and one can start in each, so long spans are checked in three lanes at once and the
/// lanes joined: the checksum of a lane is moved over the bytes that follow it by four table look-ups.
/// </remarks>
internal static class Crc32C
{
    private const int LaneBytes = 1024;
    private const int BlockBytes = 3 * LaneBytes;

    private static readonly uint[] OverOneLane = TableOver(LaneBytes);
    private static readonly uint[] OverTwoLanes = TableOver(2 * LaneBytes);

    /// <summary>The checksum as everybody else computes it.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>
    /// Goes on with a running checksum, without the inversions at begin and end. Two different beginnings never give
    /// the same end for the same bytes: that is what makes a salt work.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        while (left >= BlockBytes)
        {
            crc = AppendBlock(crc, ref at);
            at = ref Unsafe.Add(ref at, BlockBytes);
            left -= BlockBytes;
        }

        for (; left >= sizeof(ulong); left -= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref at));
            at = ref Unsafe.Add(ref at, sizeof(ulong));
        }

        for (; left > 0; left--)
        {
            crc = BitOperations.Crc32C(crc, at);
            at = ref Unsafe.Add(ref at, 1);
        }

        return crc;
    }

    // Safe because the caller has BlockBytes left. Worth it: JournalBench, three times one lane.
    private static uint AppendBlock(uint crc, ref byte at)
    {
        var second = 0u;
        var third = 0u;
        for (var offset = 0; offset < LaneBytes; offset += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset)));
            second = BitOperations.Crc32C(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, LaneBytes + offset)));
            third = BitOperations.Crc32C(
                third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, (2 * LaneBytes) + offset)));
        }

        return Move(OverTwoLanes, crc) ^ Move(OverOneLane, second) ^ third;
    }

    private static uint Move(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    /// <summary>
    /// What zeros after it make of a checksum, for each value of each of its four bytes: the map is linear.
    /// </summary>
    private static uint[] TableOver(int zeroBytes)
    {
        var table = new uint[4 * 256];
        for (var index = 0; index < table.Length; index++)
        {
            var crc = (uint)(index & 0xFF) << (index / 256 * 8);
            for (var offset = 0; offset < zeroBytes; offset += sizeof(ulong))
            {
                crc = BitOperations.Crc32C(crc, 0UL);
            }

            table[index] = crc;
        }

        return table;
    }
}
