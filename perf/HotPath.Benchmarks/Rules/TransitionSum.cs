namespace HotPath.Benchmarks.Rules;

/// <summary>Count and checksum of transitions, whatever their order, for comparing two engines. One thread.</summary>
internal sealed class TransitionSum
{
    private ulong _sum;

    public long Count { get; private set; }

    public void Add(long lsn, int equipment, int ruleWord, int toWord, long atMicros)
    {
        Count++;
        var hash = (ulong)lsn * 0x9E37_79B9_7F4A_7C15UL;
        hash = (hash ^ (uint)equipment) * 0xD6E8_FEB8_6659_FD93UL;
        hash = (hash ^ (hash >> 29) ^ (uint)ruleWord) * 0x9E37_79B9_7F4A_7C15UL;
        hash = (hash ^ (hash >> 31) ^ (uint)toWord) * 0xD6E8_FEB8_6659_FD93UL;
        _sum += (hash ^ (ulong)atMicros) * 0x9E37_79B9_7F4A_7C15UL;
    }

    public bool IsEqualTo(TransitionSum other) => Count == other.Count && _sum == other._sum;
}
