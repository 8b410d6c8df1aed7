#if DISRUPTOR_NET
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Disruptor;
using Disruptor.Dsl;
using Disruptor.Processing;
using HotPath.Engine.Ring;
using Sequence = Disruptor.Sequence;
using YieldingWaitStrategy = Disruptor.YieldingWaitStrategy;
using BusySpinWaitStrategy = Disruptor.BusySpinWaitStrategy;

namespace HotPath.Benchmarks.Ring;

/// <summary>The same case over Disruptor-net's ring of values, with its own threads' loop for consumers.</summary>
internal static class DisruptorRuns
{
    public static bool IsThere => true;

    public static double Run(RingCase run)
    {
        IWaitStrategy wait = run.IsShared ? new YieldingWaitStrategy() : new BusySpinWaitStrategy();
        var ring = ValueRingBuffer<DisruptorEvent>.Create(
            run.Producers == 1 ? ProducerType.Single : ProducerType.Multi, () => default, RingWords.Slots, wait);
        var handlers = Enumerable.Range(0, run.Consumers).Select(_ => new DisruptorHandler(run.Events)).ToArray();
        var processors = new List<IEventProcessor>();
        foreach (var handler in handlers)
        {
            // The third waits for the two before it.
            Sequence[] ahead = processors.Count == 2 ? [.. processors.Select(one => one.Sequence)] : [];
            var processor = EventProcessorFactory.Create(ring, ring.NewBarrier(SequenceWaiterOwner.Unknown, ahead), handler);
            handler.Processor = processor;
            processors.Add(processor);
        }

        ring.AddGatingSequences(processors[^1].Sequence);
        return ManyThreads.Run(
            run,
            producer => Produce(ring, run, producer),
            consumer =>
            {
                processors[consumer].Start(new InlineScheduler()).Wait();
                return handlers[consumer].Sum;
            });
    }

    private static void Produce(ValueRingBuffer<DisruptorEvent> ring, RingCase run, int producer)
    {
        var end = (producer + 1) * run.EventsPerProducer;
        for (var at = producer * run.EventsPerProducer; at < end; at += run.Batch)
        {
            if (run.Batch == 1)
            {
                var sequence = ring.Next();
                RingWords.Fill(ref SlotOf(ref ring[sequence]), at);
                ring.Publish(sequence);
                continue;
            }

            var last = ring.Next(run.Batch);
            var first = last - run.Batch + 1;
            for (var index = 0; index < run.Batch; index++)
            {
                RingWords.Fill(ref SlotOf(ref ring[first + index]), at + index);
            }

            ring.Publish(first, last);
        }
    }

    // Safe because both are 64 bytes without references. Worth it: the same words are written and read on both sides.
    internal static ref Slot SlotOf(ref DisruptorEvent data) => ref Unsafe.As<DisruptorEvent, Slot>(ref data);

    /// <summary>Runs a processor on the thread that starts it: that one has its core.</summary>
    private sealed class InlineScheduler : TaskScheduler
    {
        protected override IEnumerable<Task> GetScheduledTasks() => [];

        protected override void QueueTask(Task task) => TryExecuteTask(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);
    }
}

/// <summary>64 bytes; public, so that Disruptor-net can make its fastest loop for it.</summary>
[StructLayout(LayoutKind.Sequential, Size = Slot.SizeBytes)]
public struct DisruptorEvent
{
    public long First { get; set; }
}

/// <summary>Sums every word of every event, then halts its processor.</summary>
public sealed class DisruptorHandler(long events) : IValueEventHandler<DisruptorEvent>
{
    private long _left = events;

    public IEventProcessor? Processor { get; set; }

    public long Sum { get; private set; }

    public void OnEvent(ref DisruptorEvent data, long sequence, bool endOfBatch)
    {
        Sum += RingWords.SumOf(in DisruptorRuns.SlotOf(ref data));
        if (--_left == 0)
        {
            Processor!.Halt();
        }
    }
}
#else
namespace HotPath.Benchmarks.Ring;

/// <summary>Built without Disruptor-net: there is no such peer in this run.</summary>
internal static class DisruptorRuns
{
    public static bool IsThere => false;

    public static double Run(RingCase run) => throw new NotSupportedException("built without -p:DisruptorNet=PATH");
}
#endif
