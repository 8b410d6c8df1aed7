using System.Buffers.Binary;
using System.Security.Cryptography;
using HotPath.Engine.Names;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The MD5 of partition keys as hash keys, remembered: the keys of a plant are its machines, the same in every call, and
/// an MD5 costs as much as decoding a reading. Belongs to one call at a time. A key takes the place of another that falls
/// into the same cell; one too long is not remembered. Never allocates.
/// </summary>
internal sealed class PartitionKeyHashes
{
    private const int CellCount = 1024;
    private const int KeyBytesMax = 48;

    private readonly byte[] _keys = new byte[CellCount * KeyBytesMax];
    private readonly Cell[] _cells = new Cell[CellCount];

    public UInt128 Of(ReadOnlySpan<byte> partitionKey)
    {
        if (partitionKey.Length > KeyBytesMax)
        {
            return Md5(partitionKey);
        }

        var at = (int)(NameDirectory.Hash(partitionKey) % CellCount);
        ref var cell = ref _cells[at];
        var room = _keys.AsSpan(at * KeyBytesMax, KeyBytesMax);
        if (cell.KeyBytes == partitionKey.Length && room[..cell.KeyBytes].SequenceEqual(partitionKey))
        {
            return cell.HashKey;
        }

        partitionKey.CopyTo(room);
        cell.KeyBytes = partitionKey.Length;
        cell.HashKey = Md5(partitionKey);
        return cell.HashKey;
    }

    private static UInt128 Md5(ReadOnlySpan<byte> partitionKey)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(partitionKey, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private struct Cell
    {
        /// <summary>0 = free: no partition key is empty.</summary>
        public int KeyBytes;

        public UInt128 HashKey;
    }
}
