using System.Collections.Immutable;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ingest;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve;

namespace HotPath;

/// <summary>
/// Asks the shards what only they know, when somebody looks and not otherwise. Any cold thread may ask; those who ask at
/// once share one survey. A shard that does not answer in time (it is stuck, or stopped) leaves what was known before.
/// </summary>
internal sealed class ShardWatch : IDisposable
{
    // A survey costs a shard some 0.1 µs a machine: with this pause between two less than a hundredth of its thread.
    private const long SurveyAgeMicrosMin = 1_000_000;
    private const long SurveyAgeMicrosPerMachine = 20;

    // What doubles with room for new names.
    private const int NamesFirst = 1024;

    private static readonly TimeSpan SurveyPatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan InquiryPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(1);

    private readonly HotPathEngine _engine;
    private readonly IReadOnlyList<UdpAgent> _udp;
    private readonly IClock _clock;
    private readonly Action<MachineVital[]> _tellVitals;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Survey?[] _underWay;
    private MachineVital[] _vitals = [];
    private volatile SurveyView? _latest;

    /// <param name="engine">Whose shards are asked.</param>
    /// <param name="udp">The receivers, which know what senders of frames lost.</param>
    /// <param name="clock">The engine's.</param>
    /// <param name="tellVitals">Hears of the array of machines after each survey; shards go on writing into it.</param>
    public ShardWatch(HotPathEngine engine, IReadOnlyList<UdpAgent> udp, IClock clock, Action<MachineVital[]> tellVitals)
    {
        _engine = engine;
        _udp = udp;
        _clock = clock;
        _tellVitals = tellVitals;
        _underWay = new Survey?[engine.Shards.Length];
    }

    /// <summary>The last survey that every shard answered; null = none yet.</summary>
    public SurveyView? Latest => _latest;

    /// <summary>Makes <see cref="Latest"/> a second or so old at most, if the shards answer.</summary>
    public async ValueTask LookAsync(CancellationToken cancel)
    {
        if (IsFresh())
        {
            return;
        }

        await _gate.WaitAsync(cancel);
        try
        {
            if (!IsFresh())
            {
                await SurveyAsync(cancel);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>One machine as its shard has it; null = the shard did not answer in time.</summary>
    public async ValueTask<MachineInquiry?> InquireAsync(int equipmentIndex, CancellationToken cancel)
    {
        var inquiry = new MachineInquiry(equipmentIndex);
        var shard = _engine.ShardOf(equipmentIndex);
        var isAsked = false;
        await UntilAsync(() => (isAsked = isAsked || _engine.TryAsk(shard, inquiry)) && inquiry.IsAnswered, InquiryPatience, cancel);
        return inquiry.IsAnswered ? inquiry : null;
    }

    public void Dispose() => _gate.Dispose();

    private bool IsFresh() => _latest is { } latest
        && _clock.NowMicros - latest.TakenAtMicros < SurveyAgeMicrosMin + (latest.MachineCount * SurveyAgeMicrosPerMachine);

    private async Task SurveyAsync(CancellationToken cancel)
    {
        MakeRoom();
        var sourceCount = _engine.Names.Sources.Count;
        for (var shard = 0; shard < _underWay.Length; shard++)
        {
            // What was asked before and not answered is answered first.
            if (_underWay[shard] is null && new Survey(_vitals, new SourceVital[sourceCount]) is var survey)
            {
                await UntilAsync(() => _engine.TryAsk(shard, survey), SurveyPatience, cancel);
                _underWay[shard] = ReferenceEquals(_engine.Shards[shard].Questions.Asked, survey) || survey.IsAnswered ? survey : null;
            }
        }

        if (await UntilAsync(() => Array.TrueForAll(_underWay, survey => survey is { IsAnswered: true }), SurveyPatience, cancel))
        {
            _latest = Together();
            _tellVitals(_vitals);
            Array.Clear(_underWay);
        }
    }

    /// <summary>Machines of surveys that are still under way are written into the array that those brought.</summary>
    private void MakeRoom()
    {
        var count = _engine.Names.Equipment.Count;
        if (_vitals.Length < count && Array.TrueForAll(_underWay, survey => survey is null))
        {
            Array.Resize(ref _vitals, Math.Max(NamesFirst, Math.Max(count, _vitals.Length * 2)));
        }
    }

    private SurveyView Together()
    {
        Survey[] surveys = [.. _underWay.OfType<Survey>()];
        var first = surveys[0];
        var losses = Losses();
        var sources = ImmutableArray.CreateBuilder<ReadingSourceView>();
        for (var index = 0; index < surveys.Min(survey => survey.Sources.Length); index++)
        {
            ref readonly var source = ref first.Sources[index];
            if (!source.IsKnown)
            {
                continue;
            }

            var place = index;
            sources.Add(new ReadingSourceView(
                index,
                source.ProgressMicros,
                source.HeardMicros == ArrivalClock.None ? null : source.HeardMicros,
                source.IsIdle,
                surveys.Sum(survey => survey.Sources[place].MachinesHeld),
                surveys.Sum(survey => survey.Sources[place].Late.Readings),
                surveys.Max(survey => survey.Sources[place].Late.MicrosMax),
                losses.TryGetValue(index, out var loss) ? loss : null));
        }

        return new SurveyView(
            _clock.NowMicros,
            surveys.Max(survey => survey.ArrivalMicros),
            surveys.Sum(survey => (long)survey.MachineCount),
            _vitals,
            sources.DrainToImmutable(),
            [.. surveys.Select(survey => (survey.WatermarkMicrosMin == long.MaxValue ? null : (long?)survey.WatermarkMicrosMin, survey.WaitingCount))]);
    }

    /// <summary>By source: receivers of one port share what they remember of senders.</summary>
    private Dictionary<int, LossView> Losses()
    {
        var losses = new Dictionary<int, LossView>();
        foreach (var frames in _udp.GroupBy(agent => agent.Name, StringComparer.Ordinal).Select(port => port.First().Frames))
        {
            for (var index = 0; index < frames.SenderCount; index++)
            {
                if (frames.LossOf(index) is { SourcePlusOne: > 0 } loss)
                {
                    var before = losses.GetValueOrDefault(loss.SourcePlusOne - 1, new LossView(0, 0));
                    losses[loss.SourcePlusOne - 1] = new LossView(
                        before.Datagrams + loss.Datagrams - loss.DatagramsRecovered,
                        before.Readings + loss.Readings - loss.ReadingsRecovered);
                }
            }
        }

        return losses;
    }

    private static async ValueTask<bool> UntilAsync(Func<bool> isSo, TimeSpan patience, CancellationToken cancel)
    {
        if (isSo())
        {
            return true;
        }

        var since = TimeProvider.System.GetTimestamp();
        using var poll = new PeriodicTimer(Poll);
        while (TimeProvider.System.GetElapsedTime(since) < patience && await poll.WaitForNextTickAsync(cancel))
        {
            if (isSo())
            {
                return true;
            }
        }

        return false;
    }
}
