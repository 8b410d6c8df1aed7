using HotPath.Engine.Agents;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

/// <summary>What every wait strategy owes its threads.</summary>
public abstract class WaitStrategyContract
{
    [Fact]
    public void Every_slot_of_several_producers_arrives_once_and_in_order_of_its_producer()
    {
        const int ProducerCount = 3;
        const int BlocksPerProducer = 2_000;
        const int SlotsPerBlock = 7;
        var strategy = NewStrategy();
        using var ring = new RingBuffer(1024, 0, strategy);
        var agent = new CheckingAgent(ring.NewReader(), ProducerCount);
        using var runner = new AgentRunner(agent, strategy, (_, fault) => agent.Fault = fault);
        runner.Start();

        var producers = Enumerable.Range(0, ProducerCount)
            .Select(producer => new Thread(() => Produce(ring, producer, BlocksPerProducer, SlotsPerBlock)))
            .ToArray();
        Array.ForEach(producers, producer => producer.Start());
        Array.ForEach(producers, producer => producer.Join());
        runner.Stop(Timeout.InfiniteTimeSpan);

        Assert.Null(agent.Fault);
        Assert.Equal(ProducerCount * BlocksPerProducer * SlotsPerBlock, agent.Count);
    }

    [Fact]
    public void Single_slots_that_come_one_by_one_are_never_slept_over()
    {
        const int SlotCount = 3_000;
        var strategy = NewStrategy();
        using var ring = new RingBuffer(64, 0, strategy);
        var agent = new CheckingAgent(ring.NewReader(), producerCount: 1);
        using var runner = new AgentRunner(agent, strategy, (_, fault) => agent.Fault = fault);
        runner.Start();

        // Each slot waits until the reader has taken the one before: with a lost signal this would hang for good.
        for (var index = 0; index < SlotCount; index++)
        {
            Assert.Equal(ClaimOutcome.Claimed, ring.Sequencer.TryClaim(1, 64, out var lsn));
            ring.SlotsFrom(lsn, 1)[0] = new Slot { Kind = SlotKind.Reading, SequenceNumber = index };
            ring.Publish(lsn, lsn);
            SpinWait.SpinUntil(() => agent.Count > index);
        }

        runner.Stop(Timeout.InfiniteTimeSpan);
        Assert.Null(agent.Fault);
        Assert.Equal(SlotCount, agent.Count);
    }

    [Fact]
    public void Idle_agent_ends_when_it_is_asked_to()
    {
        var strategy = NewStrategy();
        var agent = new IdleAgent();
        using var runner = new AgentRunner(agent, strategy, (_, _) => { });
        runner.Start();
        SpinWait.SpinUntil(() => agent.Turns > 10);

        Assert.True(runner.Stop(Timeout.InfiniteTimeSpan));
        Assert.True(agent.IsClosed);
    }

    internal abstract WaitStrategy NewStrategy();

    private static void Produce(RingBuffer ring, int producer, int blockCount, int slotCount)
    {
        var inlet = new Inlet(ring, new RejectsBuffer(), ring.SlotCount);
        using var block = new StagingBlock(slotCount, slotCount);
        for (var number = 0; number < blockCount; number++)
        {
            block.Clear();
            for (var index = 0; index < slotCount; index++)
            {
                block.Add() = new Slot
                {
                    Kind = SlotKind.Reading,
                    SourceIndex = producer,
                    SequenceNumber = ((long)number * slotCount) + index,
                };
            }

            while (inlet.TryPublish(block, out _) != PublishOutcome.Published)
            {
                Thread.Yield();
            }
        }
    }

    private sealed class CheckingAgent(RingReader reader, int producerCount) : IAgent
    {
        private readonly long[] _next = new long[producerCount];
        private int _count;

        public string Name => "checking";

        public int Count => Volatile.Read(ref _count);

        public Exception? Fault { get; set; }

        public int DoWork()
        {
            var slots = reader.Peek(256, out var lsnFirst);
            foreach (ref readonly var slot in slots)
            {
                Invariant.Holds(slot.Kind == SlotKind.Reading);
                Invariant.Holds(slot.SequenceNumber == _next[slot.SourceIndex]++);
            }

            if (!slots.IsEmpty)
            {
                Invariant.Holds(lsnFirst == reader.NextLsn);
                reader.Release(slots.Length);
                Volatile.Write(ref _count, _count + slots.Length);
            }

            return slots.Length;
        }
    }

    private sealed class IdleAgent : IClosableAgent
    {
        private int _turns;

        public string Name => "idle";

        public int Turns => Volatile.Read(ref _turns);

        public bool IsClosed { get; private set; }

        public int DoWork()
        {
            Interlocked.Increment(ref _turns);
            return 0;
        }

        public void OnClose() => IsClosed = true;
    }
}

public sealed class BusySpinWaitStrategyTests : WaitStrategyContract
{
    internal override WaitStrategy NewStrategy() => new BusySpinWaitStrategy();
}

public sealed class YieldingWaitStrategyTests : WaitStrategyContract
{
    internal override WaitStrategy NewStrategy() => new YieldingWaitStrategy();
}

public sealed class ParkingWaitStrategyTests : WaitStrategyContract
{
    // Half an hour: only signals wake anybody.
    internal override WaitStrategy NewStrategy() => new ParkingWaitStrategy(parkMicrosMax: 2_000_000_000);
}

public sealed class NappingWaitStrategyTests : WaitStrategyContract
{
    internal override WaitStrategy NewStrategy() => new NappingWaitStrategy(napMs: 1);
}

/// <summary>A bell that is somebody else's: the journal's durable LSN rings for shards by it.</summary>
public sealed class ForeignDoorbellTests : WaitStrategyContract, IDisposable
{
    private readonly Doorbell _doorbell = new();

    public void Dispose() => _doorbell.Dispose();

    internal override WaitStrategy NewStrategy() => new ParkingWaitStrategy(_doorbell, parkMicrosMax: 2_000_000_000);
}
