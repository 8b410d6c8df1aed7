using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Ingest;

/// <summary>
/// One UDP receiver: takes datagrams in batches, checks who sent them, decodes them into its block and publishes that.
/// One thread turns it; counters and totals may be read by any. While the ring is full it keeps its block and takes
/// nothing: the kernel buffers, and what it drops is counted. Never allocates once names and senders are known.
/// </summary>
internal sealed class UdpAgent : IAgent, IDisposable
{
    private const long HousekeepingMicros = 100_000;

    /// <summary>Turns that find the ring full before one sleeps, each a microsecond at most.</summary>
    private const int FullTurnsBeforeRest = 16;

    private const int RestMs = 1;

    /// <summary>Past it the block is published before the batch ends, so that raw bytes always fit the rejects buffer.</summary>
    private const int RawBytesPublished = 1 << 20;

    /// <summary>
    /// Past it too: 1,024 slots of 64 bytes stay in the second-level cache until they are counted and copied.
    /// </summary>
    private const int SlotsPublished = 1_024;

    private readonly DatagramReceiver _receiver;
    private readonly Inlet _inlet;
    private readonly StagingBlock _block;
    private readonly RecordDecoder _decoder;
    private readonly SenderNetworks _networks;
    private readonly SenderSources _senders;
    private readonly FrameKeys? _keys;
    private readonly FrameSenders? _ownSenders;
    private readonly IClock _clock;
    private readonly TimestampUnit _timestampUnit;
    private readonly ushort _listener;
    private readonly int _spinTurns;
    private readonly int _waitMs;
    private volatile bool _isClosing;
    private volatile bool _hasStopped;

    // The batch at hand: messages from _messageAt on, and in that one bytes from _byteAt on, are still to be decoded.
    private int _messageCount;
    private int _messageAt;
    private int _byteAt;
    private bool _isMessageCounted;
    private bool _isFrameObserved;
    private long _receivedAtMicros;
    private long _nextHousekeepingMicros;
    private int _emptyTurns;
    private int _fullTurns;

    /// <param name="name">Of the listener; also of the source that senders share past the limit of addresses.</param>
    /// <param name="receiver">Open; becomes the agent's.</param>
    /// <param name="shared">What all receivers of the listener remember; null: this is its only one.</param>
    public UdpAgent(
        string name, UdpOptions options, DatagramReceiver receiver, Inlet inlet, int blockSlotsMax, NameTables names,
        NameQuota quota, IClock clock, FrameSenders? shared = null)
    {
        var nowMicros = clock.NowMicros;
        Name = name;
        _receiver = receiver;
        _inlet = inlet;
        _block = new StagingBlock(int.Min(4096, blockSlotsMax), blockSlotsMax);
        _decoder = new RecordDecoder(names, quota);
        _networks = new SenderNetworks(options.Allow);
        _senders = new SenderSources(names.Sources, name, nowMicros);
        _keys = options.HmacKeys;
        _clock = clock;
        _timestampUnit = options.TimestampUnit;
        _spinTurns = options.SpinTurns;
        _waitMs = options.WaitMs;
        names.Listeners.TryIntern(System.Text.Encoding.UTF8.GetBytes(name), nowMicros, out var listener);
        Invariant.Holds(listener >= 0, "there is room for the name of a listener");
        _listener = (ushort)listener;
        _ownSenders = shared is null ? new FrameSenders(nowMicros) : null;
        Frames = new FrameLedger(shared ?? _ownSenders!);
    }

    public string Name { get; }

    public UdpCounters Counters { get; } = new();

    public FrameLedger Frames { get; }

    public DatagramReceiver Receiver => _receiver;

    /// <summary>
    /// Takes no further datagrams; what was taken is still published, and then <see cref="HasStopped"/>. Any thread may
    /// call it.
    /// </summary>
    public void StopIntake() => _isClosing = true;

    /// <summary>Everything that was taken is in the ring: it may be closed. Any thread may ask.</summary>
    public bool HasStopped => _hasStopped;

    public int DoWork()
    {
        if (_block.Count == 0 && _messageAt == _messageCount)
        {
            if (_isClosing)
            {
                _hasStopped = true;
                return 0;
            }

            if (!TryReceive())
            {
                return 0;
            }
        }

        var slots = 0;
        do
        {
            DecodeBatch();
            if (!TryPublish(ref slots))
            {
                RestWhenFull(slots);

                // A turn that only waits for room is idle, but not the end of the work.
                return slots > 0 || _isClosing ? slots + 1 : 0;
            }
        }
        while (_messageAt < _messageCount);

        return slots + 1;
    }

    public void Dispose()
    {
        _receiver.Dispose();
        _decoder.Dispose();
        _block.Dispose();
        _ownSenders?.Dispose();
    }

    private bool TryReceive()
    {
        _messageAt = 0;
        _byteAt = 0;
        _messageCount = _receiver.Receive();
        if (_messageCount > 0)
        {
            _emptyTurns = 0;
            _receivedAtMicros = _clock.NowMicros;
            KeepHouse(_receivedAtMicros);
            return true;
        }

        if (++_emptyTurns >= _spinTurns && _waitMs > 0)
        {
            _receiver.Wait(_waitMs);
            KeepHouse(_clock.NowMicros);
        }
        else if (_emptyTurns == 1 || _waitMs == 0)
        {
            KeepHouse(_clock.NowMicros);
        }

        return false;
    }

    /// <summary>
    /// Consumers need the core more than a producer that waits for them: half a ring of 32,768 slots takes them
    /// milliseconds to empty.
    /// </summary>
    private void RestWhenFull(int slots)
    {
        _fullTurns = slots > 0 ? 0 : _fullTurns + 1;
        if (_fullTurns > FullTurnsBeforeRest && _waitMs > 0)
        {
            _receiver.Rest(RestMs);
        }
    }

    private void KeepHouse(long nowMicros)
    {
        if (nowMicros < _nextHousekeepingMicros)
        {
            return;
        }

        _nextHousekeepingMicros = nowMicros + HousekeepingMicros;
        Frames.Settle(nowMicros);
        Counters.KernelDrops = _receiver.ReadKernelDrops();
        Counters.ReceiveErrors = _receiver.Errors;
    }

    /// <summary>Decodes until the batch is done or the block should be published first.</summary>
    private void DecodeBatch()
    {
        for (; _messageAt < _messageCount; _messageAt++)
        {
            var message = _receiver.Message(_messageAt);
            if (!_isMessageCounted)
            {
                _isMessageCounted = true;
                Count(message);
            }

            if (_networks.Allows(message.Sender) && !TryDecodeMessage(message))
            {
                return;
            }

            _byteAt = 0;
            _isMessageCounted = false;
        }
    }

    private void Count(in ReceivedMessage message)
    {
        var datagrams = message.Bytes.IsEmpty
            ? 1
            : (message.Bytes.Length + message.SegmentBytes - 1) / message.SegmentBytes;
        Counters.Datagrams += datagrams;
        Counters.DatagramBytes += message.Bytes.Length;
        Counters.NotAllowed += _networks.Allows(message.Sender) ? 0 : datagrams;
    }

    private bool TryDecodeMessage(in ReceivedMessage message)
    {
        var origin = new RecordOrigin(
            _listener, _senders.IndexOf(message.Sender, _receivedAtMicros), _receivedAtMicros, _timestampUnit);
        do
        {
            var datagram = message.Bytes.Slice(
                _byteAt, int.Min(message.SegmentBytes, message.Bytes.Length - _byteAt));
            if (_block.Count >= SlotsPublished || _block.RawBytes > RawBytesPublished || !TryDecode(datagram, origin))
            {
                return false;
            }

            _byteAt += datagram.Length;
        }
        while (_byteAt < message.Bytes.Length);

        return true;
    }

    /// <summary>False where the block has no room left: the same datagram is to be decoded again.</summary>
    private bool TryDecode(ReadOnlySpan<byte> datagram, in RecordOrigin origin)
    {
        if (_block.IsFull)
        {
            return false;
        }

        if (FrameHeader.IsFrame(datagram))
        {
            return TryDecodeFrame(datagram, origin);
        }

        if (_keys is not null)
        {
            Counters.Unauthenticated++;
            return true;
        }

        var (stagedBefore, rejectedBefore) = (_block.Count, _block.RejectedCount);
        return CountRecord(_decoder.Decode(datagram, origin, _block), stagedBefore, rejectedBefore);
    }

    private bool CountRecord(bool isStaged, int stagedBefore, int rejectedBefore)
    {
        Counters.Records += isStaged ? 1 : 0;
        if (isStaged && _block.RejectedCount != rejectedBefore)
        {
            CountWhenRefused(stagedBefore, rejectedBefore);
        }

        return isStaged;
    }

    /// <summary>A datagram counts as refused where nothing of it could be taken.</summary>
    private void CountWhenRefused(int stagedBefore, int rejectedBefore)
    {
        if (_block.Count - stagedBefore != _block.RejectedCount - rejectedBefore)
        {
            return;
        }

        var isTooLarge = false;
        foreach (ref readonly var slot in _block.Slots[stagedBefore..])
        {
            isTooLarge |= slot.RejectReason == RejectReason.TooLarge;
        }

        Counters.Oversized += isTooLarge ? 1 : 0;
        Counters.Malformed += isTooLarge ? 0 : 1;
    }

    private bool TryDecodeFrame(ReadOnlySpan<byte> datagram, in RecordOrigin origin)
    {
        var (stagedBefore, rejectedBefore) = (_block.Count, _block.RejectedCount);
        var fault = Frame.TryOpen(datagram, out var frame);
        if (_keys is not null && (fault != RejectReason.None || !_keys.Verify(datagram, frame.Header)))
        {
            Counters.Unauthenticated++;
            return true;
        }

        if (fault != RejectReason.None)
        {
            _decoder.Reject(datagram, fault, origin, _block);
            return CountRecord(isStaged: true, stagedBefore, rejectedBefore);
        }

        // A frame that did not fit comes here again: the ledger must not take it for a repetition of itself.
        if (!_isFrameObserved && !TryObserve(datagram, frame, origin.ReceivedAtMicros))
        {
            return true;
        }

        var isStaged = _decoder.DecodePayload(datagram, frame, origin, _block);
        _isFrameObserved = !isStaged;
        if (_block.Count > stagedBefore)
        {
            Frames.NoteSource(_block.Slots[stagedBefore].SourceIndex);
        }

        return CountRecord(isStaged, stagedBefore, rejectedBefore);
    }

    /// <summary>False for a repetition or a heartbeat, which are counted and have nothing to decode.</summary>
    private bool TryObserve(ReadOnlySpan<byte> datagram, in Frame frame, long nowMicros)
    {
        var verdict = Frames.Observe(frame.Header, Crc32C.Of(frame.Payload(datagram)), nowMicros);
        if (IsRepetition(verdict))
        {
            Counters.DuplicateDatagrams++;
            return false;
        }

        var isHeartbeat = frame.Header.Has(FrameFlags.Heartbeat);
        Counters.Heartbeats += isHeartbeat ? 1 : 0;
        return !isHeartbeat;
    }

    /// <summary>
    /// The same number with the same payload is dropped: nothing is lost by it. Another payload under a number that was
    /// there is a sender's error and decoded, so that no reading is lost; under an HMAC it can only be a replay.
    /// </summary>
    private bool IsRepetition(FrameVerdict verdict) =>
        verdict == FrameVerdict.Duplicate
        || (_keys is not null && verdict is FrameVerdict.Conflict or FrameVerdict.TooOld or FrameVerdict.Implausible);

    private bool TryPublish(ref int slots)
    {
        if (_block.Count == 0)
        {
            return true;
        }

        switch (_inlet.TryPublish(_block, out _))
        {
            case PublishOutcome.Published:
                Counters.CountPublished(_block);
                slots += _block.Count;
                _block.Clear();
                return true;
            case PublishOutcome.Full:
                Counters.RingFullTurns++;
                return false;
            default:
                // Closed: nobody takes it any more. Too large cannot be: the block is made for the inlet.
                Counters.LostAtClose += _block.Count;
                _block.Clear();
                return true;
        }
    }
}
