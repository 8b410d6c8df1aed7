using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Kinesis.Client;
using HotPath.Kinesis.Consume;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotPath.Tests.Kinesis;

/// <summary>
/// One run of a consumer: what the journal held before is replayed into its checkpoints, and what it publishes is taken
/// out of the ring slot by slot, as the journal of a next run.
/// </summary>
internal sealed class SourceRun : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly NameTables _names = new();
    private readonly RingBuffer _ring;
    private readonly RejectsBuffer _rejects = new();
    private readonly SequenceBarrier _published;
    private readonly Sequence _taken;
    private readonly SourceIntakes _intakes;
    private readonly KinesisSource _source;
    private readonly Task _running;

    public SourceRun(ScriptedUpstream? upstream, IReadOnlyList<(Slot Slot, byte[] Raw)> journal, ShardPosition? from, string? consumer = null,
        string endpoint = "http://scripted/", TimeProvider? timers = null)
    {
        const int RingSlots = 64;
        Slots.AddRange(journal);
        _ring = new RingBuffer(RingSlots, journal.Count, new BusySpinWaitStrategy());
        _taken = new Sequence(journal.Count - 1);
        _ring.Sequencer.AddGatingSequence(_taken);
        _published = SequenceBarrier.OfPublished(_ring.Sequencer, journal.Count);

        var checkpoints = new Checkpoints();
        for (var lsn = 0; lsn < journal.Count; lsn++)
        {
            if (journal[lsn].Slot.Kind == SlotKind.Checkpoint)
            {
                checkpoints.OnReplayed(journal[lsn].Raw, lsn);
            }
        }

        checkpoints.EndReplay(journal.Count - 1);
        var clock = Clock;
        _intakes = new SourceIntakes(
            () => new RecordDecoder(_names, new NameQuota()), () => new Inlet(_ring, _rejects, RingSlots), RingSlots);
        var parts = new SourceParts(_names, _intakes, checkpoints, clock, NullLogger.Instance) { Timers = timers ?? TimeProvider.System };
        Settings = new SourceSettings("upstream", "scripted", 0, TimestampUnit.Milliseconds, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10))
        {
            Consumer = consumer,
        };
        var client = new AwsClient(
            AwsService.Kinesis(endpoint, "eu-central-1"),
            _ => ValueTask.FromResult(new AwsKey("AK", "an invented secret", null)),
            clock,
            upstream);
        _source = new KinesisSource(client, Settings, from, parts);
        _running = Task.Run(() => _source.RunAsync(_stop.Token));
    }

    public SourceSettings Settings { get; }

    public TestClock Clock { get; } = new();

    /// <summary>What the journal would hold: all slots with their bytes.</summary>
    public List<(Slot Slot, byte[] Raw)> Slots { get; } = [];

    /// <summary>The values of readings, in the order of LSNs.</summary>
    public IEnumerable<int> Values => Slots
        .Where(slot => slot.Slot.Kind == SlotKind.Reading)
        .Select(slot => (int)BitConverter.Int64BitsToDouble(slot.Slot.ValueBits));

    private int DataCount => Slots.Count(slot => slot.Slot.Kind != SlotKind.Checkpoint);

    /// <summary>Turns until so many readings were taken.</summary>
    public Task TakenAsync(int readings) => UntilAsync(() => Values.Count() >= readings);

    /// <summary>Turns until so many slots beside checkpoints were taken, and so many checkpoints.</summary>
    public Task SlotsAsync(int count, int checkpoints = 0) =>
        UntilAsync(() => DataCount >= count && Slots.Count - DataCount >= checkpoints);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        Take();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _running.Wait();
        _source.Dispose();
        _intakes.Dispose();
        _ring.Dispose();
        _stop.Dispose();
    }

    public async Task UntilAsync(Func<bool> isReached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!isReached())
        {
            Take();
            Assert.False(_running.IsFaulted, _running.Exception?.ToString());
            await poll.WaitForNextTickAsync(patience.Token);
        }
    }

    private void Take()
    {
        var available = _published.AvailableLsn();
        for (var lsn = _taken.Value + 1; lsn <= available; lsn++)
        {
            var slot = _ring.SlotsFrom(lsn, 1)[0];
            byte[] raw = [];
            if (slot.Kind is SlotKind.Checkpoint or SlotKind.Rejected)
            {
                raw = RejectsBuffer.Read(slot.ValueBits).ToArray();
                _rejects.Release(slot.ValueBits);
            }

            Slots.Add((slot, raw));
            _taken.Publish(lsn);
        }
    }
}
