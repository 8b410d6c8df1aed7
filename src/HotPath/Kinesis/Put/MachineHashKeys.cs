using System.Buffers.Binary;
using System.Security.Cryptography;
using HotPath.Engine;
using HotPath.Engine.Names;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The hash keys (MD5) of partition keys, remembered for those that are names of machines, as they are in a plant: an
/// MD5 costs more than decoding a reading. Any thread may ask. Any other key is hashed each time. Allocates once per
/// 4,096 machines.
/// </summary>
internal sealed class MachineHashKeys(NameDirectory equipment)
{
    private const int ChunkBits = 12;
    private const int ChunkCount = EngineLimits.EquipmentCountMax >> ChunkBits;

    // By equipment index. Two threads may both find a cell empty: they write the same into it.
    private readonly Cell[]?[] _chunks = new Cell[ChunkCount][];

    public UInt128 Of(ReadOnlySpan<byte> partitionKey)
    {
        if (!equipment.TryFind(partitionKey, out var index))
        {
            return Md5(partitionKey);
        }

        ref var cell = ref ChunkOf(index)[index & ((1 << ChunkBits) - 1)];
        if (!Volatile.Read(ref cell.IsKnown))
        {
            cell.HashKey = Md5(partitionKey);
            // Publishes the key: who sees the flag sees what was written before it.
            Volatile.Write(ref cell.IsKnown, true);
        }

        return cell.HashKey;
    }

    private Cell[] ChunkOf(int index)
    {
        ref var chunk = ref _chunks[index >> ChunkBits];
        return Volatile.Read(ref chunk)
            ?? Interlocked.CompareExchange(ref chunk, new Cell[1 << ChunkBits], null)
            ?? chunk!;
    }

    private static UInt128 Md5(ReadOnlySpan<byte> partitionKey)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(partitionKey, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private struct Cell
    {
        public UInt128 HashKey;
        public bool IsKnown;
    }
}
