using HotPath.Engine.Ring;

namespace HotPath.Engine.Names;

/// <summary>
/// How many new names a sender, and how many new strings a tag, may still bring in, so that one broken machine cannot
/// fill the directories for all. Any thread may call; a lock is taken only for a name that is new. When a quota is
/// used up the answer is no, without a lock and without allocating. A restart begins anew.
/// </summary>
internal sealed class NameQuota
{
    private readonly object _counting = new();
    private readonly int _namesPerSenderMax;
    private readonly int _symbolsPerTagMax;
    private int[] _namesBySender = new int[64];
    private int[] _symbolsByTag = new int[64];

    public NameQuota(
        int namesPerSenderMax = EngineLimits.NewNamesPerSenderMax,
        int symbolsPerTagMax = EngineLimits.NewSymbolsPerTagMax)
    {
        Invariant.Holds(namesPerSenderMax >= 0);
        Invariant.Holds(symbolsPerTagMax >= 0);

        _namesPerSenderMax = namesPerSenderMax;
        _symbolsPerTagMax = symbolsPerTagMax;
    }

    /// <summary>Interns equipment, a tag or a source on a sender's account.</summary>
    public RejectReason TryName(
        NameDirectory directory, ReadOnlySpan<byte> utf8, int senderSourceIndex, long firstSeenMicros, out int index)
    {
        return directory.TryFind(utf8, out index)
            ? RejectReason.None
            : AddWhenUnknown(
                directory, utf8, firstSeenMicros, ref _namesBySender, senderSourceIndex, _namesPerSenderMax,
                RejectReason.NameLimit, out index);
    }

    /// <summary>Interns a string value on its tag's account.</summary>
    public RejectReason TrySymbol(
        NameDirectory directory, ReadOnlySpan<byte> utf8, int tagIndex, long firstSeenMicros, out int index)
    {
        return directory.TryFind(utf8, out index)
            ? RejectReason.None
            : AddWhenUnknown(
                directory, utf8, firstSeenMicros, ref _symbolsByTag, tagIndex, _symbolsPerTagMax,
                RejectReason.ValueLimit, out index);
    }

    private RejectReason AddWhenUnknown(
        NameDirectory directory, ReadOnlySpan<byte> utf8, long firstSeenMicros,
        ref int[] counts, int account, int countMax, RejectReason whenFull, out int index)
    {
        index = Slot.NoIndex;
        var known = Volatile.Read(ref counts);
        if (account < known.Length && Volatile.Read(ref known[account]) >= countMax)
        {
            return whenFull;
        }

        lock (_counting)
        {
            if (account >= counts.Length)
            {
                var larger = new int[int.Max(account + 1, counts.Length * 2)];
                counts.CopyTo(larger, 0);
                Volatile.Write(ref counts, larger);
            }

            if (counts[account] >= countMax)
            {
                return whenFull;
            }

            switch (directory.TryIntern(utf8, firstSeenMicros, out index))
            {
                case InternOutcome.Added:
                    counts[account]++;
                    return RejectReason.None;
                case InternOutcome.Known:
                    return RejectReason.None;
                case InternOutcome.TooLong:
                    return RejectReason.TooLong;
                default:
                    return whenFull;
            }
        }
    }
}
