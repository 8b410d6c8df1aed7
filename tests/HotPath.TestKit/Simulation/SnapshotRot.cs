using System.Buffers.Binary;
using HotPath.Engine.Native;
using HotPath.Engine.Shard.Saving;
using HotPath.Engine.Snapshots;
using HotPath.TestKit.Disk;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// Turns a bit in one of two snapshots that are durable: a start must pass it over and go on from the other. The control
/// makes all checksums fit again, as if nobody looked at them. One thread.
/// </summary>
internal sealed class SnapshotRot(Random random, bool forgesChecksums)
{
    private readonly HashSet<long> _rotten = [];

    /// <returns>False: there are no two, and the last good one is not taken away.</returns>
    public bool Try(SimulatedDisk disk)
    {
        var whole = Manifests(disk).Where(manifest => !_rotten.Contains(manifest.Lsn)).ToList();
        if (whole.Count < 2)
        {
            return false;
        }

        if (forgesChecksums)
        {
            Forge(disk, whole[^1]);
            return true;
        }

        var manifest = whole[random.Next(whole.Count)];
        _rotten.Add(manifest.Lsn);
        string[] files = [manifest.FileName, .. manifest.Shards.Select(shard => shard.File)];
        var file = files[random.Next(files.Length)];
        var bytes = disk.BytesOf(file);
        TurnBit(bytes);
        disk.Replace(file, bytes);
        return true;
    }

    private static IEnumerable<SnapshotManifest> Manifests(SimulatedDisk disk) => disk.FileNames
        .Where(name => SnapshotManifest.TryParseName(name, out _, out var isManifest) && isManifest && disk.IsDurable(name))
        .Select(name => SnapshotManifest.Parse(disk.BytesOf(name)))
        .OfType<SnapshotManifest>();

    /// <summary>A bit of a machine's state, and every checksum over it made anew.</summary>
    private void Forge(SimulatedDisk disk, SnapshotManifest manifest)
    {
        var shards = manifest.Shards.ToArray();
        for (var index = 0; index < shards.Length; index++)
        {
            var bytes = disk.BytesOf(shards[index].File);
            for (var at = SnapshotFile.HeaderBytes; at < bytes.Length;)
            {
                var head = bytes.AsSpan(at, SnapshotFile.BlockHeadBytes);
                var stored = bytes.AsSpan(at + SnapshotFile.BlockHeadBytes, BinaryPrimitives.ReadInt32LittleEndian(head[8..]));
                if (BinaryPrimitives.ReadInt32LittleEndian(head) == (int)SavePart.Machines)
                {
                    TurnBit(stored);
                    BinaryPrimitives.WriteUInt32LittleEndian(head[12..], SnapshotFile.ChecksumOf(manifest.Lsn, head, stored));
                }

                at += head.Length + stored.Length;
            }

            shards[index] = shards[index] with { Checksum = Crc32C.Append(uint.MaxValue, bytes) };
            disk.Replace(shards[index].File, bytes);
        }

        disk.Replace(manifest.FileName, (manifest with { Shards = shards }).ToBytes());
    }

    private void TurnBit(Span<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            var bit = random.NextInt64(bytes.Length * 8L);
            bytes[(int)(bit / 8)] ^= (byte)(1 << (int)(bit % 8));
        }
    }
}
