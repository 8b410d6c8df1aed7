using System.Net;
using HotPath.Engine.Agents;
using HotPath.Engine.Ingest;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The product's way: UdpAgent receives, decodes and publishes into a ring of the product's size; a consumer on a
/// thread of its own takes and checks every slot.
/// </summary>
internal sealed class AgentLine : ILine
{
    private const int RingSlots = 1 << 16;

    private readonly ParkingWaitStrategy _waitStrategy = new();
    private readonly RingBuffer _ring;
    private readonly SlotCheck _check;
    private readonly UdpOptions _options;
    private AgentRunner? _consumer;
    private long _readingsBefore;

    public AgentLine(UdpOptions options)
    {
        _options = options;
        _ring = new RingBuffer(RingSlots, firstLsn: 0, _waitStrategy);
        _check = new SlotCheck(_ring.NewReader());
        Agent = NewAgent(options);
    }

    public UdpAgent Agent { get; }

    public IPEndPoint Local => Agent.Receiver.Local;

    public long Datagrams => Volatile.Read(ref Agent.Counters.Datagrams);

    public long Readings => Agent.Counters.Readings - _readingsBefore;

    public long KernelDrops => Volatile.Read(ref Agent.Counters.KernelDrops);

    public void Turn() => Agent.DoWork();

    public void Begin() => Begin(long.MaxValue);

    public void Begin(long consumedPerSecondMax)
    {
        _readingsBefore = Agent.Counters.Readings;
        _check.Begin(consumedPerSecondMax);
        _consumer = new AgentRunner(_check, _waitStrategy, (_, fault) => Environment.FailFast("The consumer failed.", fault));
        _consumer.Start();
    }

    public void Hurry() => _check.Hurry();

    public void Verify(SentLoad sent)
    {
        EndConsumer();
        if (Readings != sent.Readings || Agent.Counters.RejectedAll != 0 || Agent.Counters.DuplicateDatagrams != 0)
        {
            throw new InvalidOperationException(
                $"{sent.Readings} readings were sent, {Readings} published, {Agent.Counters.RejectedAll} rejected.");
        }
    }

    /// <summary>What was published has been taken, each reading once and in its machine's order.</summary>
    public void EndConsumer()
    {
        _consumer?.Dispose();
        _consumer = null;
        if (_check.Readings != Readings || _check.OutOfPlace != 0)
        {
            throw new InvalidOperationException(
                $"{Readings} readings were published, {_check.Readings} taken, {_check.OutOfPlace} of them out of place.");
        }
    }

    public void Dispose()
    {
        _consumer?.Dispose();
        Agent.Dispose();
        _ring.Dispose();
        _waitStrategy.Dispose();
    }

    private UdpAgent NewAgent(UdpOptions options) => new(
        "udp", options, UdpSocket.Open(_options), new Inlet(_ring, new RejectsBuffer(), RingSlots / 2), RingSlots / 4,
        new NameTables(), new NameQuota(), new SystemClock());
}
