namespace HotPath.Engine.Shard;

/// <summary>Which shard acts on an equipment: <c>hash(equipmentId) mod N</c>, over the bytes of its name, so that it
/// does not depend on the order in which names were first seen.</summary>
internal static class ShardIndex
{
    public static int Of(ReadOnlySpan<byte> equipmentUtf8, int shardCount) =>
        (int)((Fnv1a(equipmentUtf8) >> 33) % (ulong)shardCount);

    // FNV-1a, 64 bit: stable for ever, computed once per equipment and shard.
    private static ulong Fnv1a(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100_0000_01B3UL;
        }

        return hash;
    }
}
