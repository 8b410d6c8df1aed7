using HotPath.Engine;
using HotPath.Engine.Names;
using HotPath.Kinesis.Streams;

namespace HotPath.Kinesis.Read;

/// <summary>
/// The hash keys (MD5) of machines' names, which are the partition keys of what is read, remembered: every shard of a
/// stream asks for every record. Any thread may ask. Any other key is hashed each time. Allocates once per 4,096 machines.
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
            return HashKeyRange.KeyOf(partitionKey);
        }

        ref var cell = ref ChunkOf(index)[index & ((1 << ChunkBits) - 1)];
        if (!Volatile.Read(ref cell.IsKnown))
        {
            cell.HashKey = HashKeyRange.KeyOf(partitionKey);
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

    private struct Cell
    {
        public UInt128 HashKey;
        public bool IsKnown;
    }
}
