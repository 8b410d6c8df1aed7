using System.Text;
using HotPath.Engine.Names;

namespace HotPath.Engine.Ingest;

/// <summary>
/// The sources of readings that name none: one for each sender's address. Belongs to one receiver's thread. Allocates
/// only for an address that is new; past the limit, or where the directory is full, senders share one source, so that
/// invented addresses cannot fill it.
/// </summary>
internal sealed class SenderSources
{
    private readonly NameDirectory _sources;
    private readonly SenderAddress[] _addresses = new SenderAddress[2 * EngineLimits.SenderAddressCountMax];
    private readonly int[] _indexesPlusOne = new int[2 * EngineLimits.SenderAddressCountMax];
    private readonly int _sharedIndex;
    private int _count;

    /// <param name="sources">Where addresses become sources.</param>
    /// <param name="sharedName">Of the source that senders past the limit share.</param>
    /// <param name="nowMicros">The time of the shared source's first appearance.</param>
    public SenderSources(NameDirectory sources, string sharedName, long nowMicros)
    {
        _sources = sources;
        sources.TryIntern(Encoding.UTF8.GetBytes(sharedName), nowMicros, out _sharedIndex);
        Invariant.Holds(_sharedIndex >= 0, "there is room for the source of a listener");
    }

    public int Count => _count;

    public int IndexOf(in SenderAddress address, long nowMicros)
    {
        var mask = _addresses.Length - 1;
        for (var at = address.Hash() & mask; ; at = (at + 1) & mask)
        {
            if (_indexesPlusOne[at] == 0)
            {
                return AddWhenUnknown(at, address, nowMicros);
            }

            if (_addresses[at] == address)
            {
                return _indexesPlusOne[at] - 1;
            }
        }
    }

    private int AddWhenUnknown(int at, in SenderAddress address, long nowMicros)
    {
        if (_count == EngineLimits.SenderAddressCountMax)
        {
            return _sharedIndex;
        }

        var name = Encoding.UTF8.GetBytes(address.ToAddress().ToString());
        if (_sources.TryIntern(name, nowMicros, out var index) is InternOutcome.Full or InternOutcome.TooLong)
        {
            index = _sharedIndex;
        }

        _addresses[at] = address;
        _indexesPlusOne[at] = index + 1;
        _count++;
        return index;
    }
}
