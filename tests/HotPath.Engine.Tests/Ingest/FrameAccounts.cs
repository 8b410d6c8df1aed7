using HotPath.Engine.Decode;
using HotPath.Engine.Ingest;

namespace HotPath.Engine.Tests.Ingest;

/// <summary>
/// A ledger as simple as can be, which forgets nothing: what was taken of each epoch, and between which numbers.
/// </summary>
internal sealed class FrameAccounts
{
    private readonly Dictionary<ulong, Account> _current = [];
    private readonly List<Account> _all = [];

    public long Taken => _all.Sum(account => (long)account.Taken.Count);

    public long TakenReadings => _all.Sum(account => account.Taken.Values.Sum(header => header.Readings));

    /// <summary>As <see cref="Observe"/>, where everything comes within the window: then the verdict is plain.</summary>
    public FrameVerdict Take(in FrameHeader header)
    {
        var account = _current.GetValueOrDefault(header.SenderId);
        var verdict = account is not null && header.Epoch < account.First.Epoch ? FrameVerdict.TooOld
            : account is not null && header.Epoch == account.First.Epoch && account.Taken.ContainsKey(header.DatagramSequence) ? FrameVerdict.Duplicate
            : FrameVerdict.First;
        Observe(header, verdict);
        return verdict;
    }

    public void Observe(in FrameHeader header, FrameVerdict verdict)
    {
        if (!_current.TryGetValue(header.SenderId, out var account) || header.Epoch > account.First.Epoch)
        {
            // Only a sender that was never heard may have begun before the ledger did.
            var isFromStart = account is not null || header.SendTimeNanos == 0;
            account = new Account(isFromStart ? header with { DatagramSequence = 0, FirstReadingSequence = 0 } : header);
            _current[header.SenderId] = account;
            _all.Add(account);
        }

        if (verdict is FrameVerdict.First or FrameVerdict.Reordered)
        {
            Assert.Equal(account.First.Epoch, header.Epoch);
            Assert.True(account.Taken.TryAdd(header.DatagramSequence, header), "a datagram is taken once");
        }
    }

    /// <summary>What was sent, as far as the receivers can know: from each epoch's begin to the last number taken.</summary>
    public (long Datagrams, long Readings) Sent() => (_all.Sum(account => account.Datagrams), _all.Sum(account => account.Readings));

    private sealed record Account(FrameHeader First)
    {
        public Dictionary<ulong, FrameHeader> Taken { get; } = [];

        public long Datagrams => (long)(Last.DatagramSequence + 1 - First.DatagramSequence) + Before.Count();

        public long Readings =>
            (long)(Last.FirstReadingSequence + Last.Readings - First.FirstReadingSequence) + Before.Sum(header => header.Readings);

        private FrameHeader Last => Taken.Values.MaxBy(header => header.DatagramSequence);

        /// <summary>Sent before the first that was heard, and overtaken by it.</summary>
        private IEnumerable<FrameHeader> Before => Taken.Values.Where(header => header.DatagramSequence < First.DatagramSequence);
    }
}
