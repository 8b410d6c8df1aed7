using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// What a network does to datagrams, by shares and a seed: withholds, repeats, holds one back behind later ones. Owned
/// by the sender's thread; allocates nothing.
/// </summary>
internal sealed class NetworkFaults
{
    /// <summary>
    /// At 60 readings a datagram a machine's reading stays within the last 128, so that a repetition is known as one.
    /// </summary>
    private const int HeldDatagramsMax = 4;

    private readonly byte[] _held = new byte[DatagramSink.DatagramBytesMax];
    private readonly double _lossShare;
    private readonly double _repeatShare;
    private readonly double _reorderShare;
    private SplitMix _random;
    private Datagram _heldDatagram;
    private int _heldFor;
    private long _numberMax;
    private long _millisMax = long.MinValue;

    public NetworkFaults(DatagramSinkOptions options)
    {
        _lossShare = options.LossShare;
        _repeatShare = options.RepeatShare;
        _reorderShare = options.ReorderShare;
        _random = new SplitMix(SplitMix.Mix(options.Seed, 0x10551055));
    }

    public bool Withholds() => _lossShare > 0 && _random.Happens(_lossShare);

    public bool Repeats() => _repeatShare > 0 && _random.Happens(_repeatShare);

    /// <summary>Keeps a copy for later, or not.</summary>
    public bool TryHold(ReadOnlySpan<byte> bytes, in Datagram datagram)
    {
        if (_reorderShare == 0 || _heldFor > 0 || !_random.Happens(_reorderShare))
        {
            return false;
        }

        bytes.CopyTo(_held);
        _heldDatagram = datagram;
        _heldFor = 1 + _random.Below(HeldDatagramsMax);
        return true;
    }

    /// <summary>Asked behind each datagram that was sent: whether the one held back comes now.</summary>
    public bool TakeHeld(Span<byte> into, out Datagram datagram)
    {
        datagram = _heldDatagram;
        if (_heldFor == 0 || --_heldFor > 0)
        {
            return false;
        }

        _held.AsSpan(0, datagram.Bytes).CopyTo(into);
        return true;
    }

    public bool TakeHeldAtEnd(Span<byte> into, out Datagram datagram)
    {
        _heldFor = Math.Min(_heldFor, 1);
        return TakeHeld(into, out datagram);
    }

    /// <summary>Whether a datagram that is sent now had been held back, and how far its event time lies behind.</summary>
    public bool IsLate(in Datagram datagram, out long lateMillis)
    {
        var isLate = datagram.Number < _numberMax;
        lateMillis = isLate ? Math.Max(0, _millisMax - datagram.MillisMin) : 0;
        _numberMax = Math.Max(_numberMax, datagram.Number);
        _millisMax = Math.Max(_millisMax, datagram.MillisMax);
        return isLate;
    }
}

/// <summary>What is known of a datagram beside its bytes.</summary>
internal struct Datagram
{
    /// <summary>Its place among all that were made, whether or not they are frames.</summary>
    public long Number;
    public int Bytes;
    public int Readings;

    /// <summary>Of the readings, those that say again what was said before.</summary>
    public int Again;
    public long MillisMin;
    public long MillisMax;

    public static Datagram Empty => new() { MillisMin = long.MaxValue, MillisMax = long.MinValue };
}
