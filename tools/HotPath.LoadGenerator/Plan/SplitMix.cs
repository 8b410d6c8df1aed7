namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// Seeded numbers that are the same on every machine and in every version: SplitMix64, by Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators" (2014).
/// </summary>
internal struct SplitMix
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state;

    public SplitMix(ulong seed)
    {
        _state = seed;
    }

    /// <summary>A number that depends on nothing but the one given: noise without a state.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public static ulong Mix(ulong seed, ulong index) => Mix(seed + (index * Golden));

    public ulong Next()
    {
        _state += Golden;
        return Mix(_state);
    }

    /// <summary>0 .. bound-1; the high half of a product, so that no division is needed.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (uint)bound) >> 32);

    public int Between(int from, int to) => from + Below(to - from + 1);

    /// <summary>Whether something of this probability happens.</summary>
    public bool Happens(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;
}
