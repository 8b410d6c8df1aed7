using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Shard;

/// <summary>What a shard says of itself while it works.</summary>
public sealed class AskingTests(ITestOutputHelper output)
{
    private const long Second = 1_000_000;
    private const long Morning = 1_772_348_400 * Second;

    private const string Rules = """
        version: 1
        rules:
          - id: line
            staleAfter: 60s
            groups:
              - name: g
                cases: [{ state: STOPPED, when: speed == 0, for: 10s, clear: 4s, reason: jam }]
                else: ACTIVE
                unknown: NO_DATA
            downtime: { down: [STOPPED], microStop: 30s }
        """;

    [Fact]
    public void A_survey_tells_who_holds_whose_watermark_and_how_late_sources_were()
    {
        using var plant = new Plant(shardCount: 1, new TimeOptions { IdleTimeoutMicros = 100 * Second });
        plant.Say("m1", "slow", at: 20);
        plant.Say("m1", "fast", at: 50);
        plant.Say("m2", "fast", at: 51);
        plant.Say("m2", "fast", at: 40);
        plant.Say("m3", "slow", at: 21);

        var survey = plant.Survey(0);

        Assert.Equal((Morning + (20 + 1) * Second, 3), (survey.WatermarkMicrosMin, survey.MachineCount));
        Assert.Equal([1, 2], [survey.Sources[plant.Source("fast")].MachinesHeld, survey.Sources[plant.Source("slow")].MachinesHeld]);
        Assert.Equal(Morning + (51 * Second), survey.Sources[plant.Source("fast")].ProgressMicros);
        Assert.Equal((1L, 11 * Second), (survey.Sources[plant.Source("fast")].Late.Readings, survey.Sources[plant.Source("fast")].Late.MicrosMax));
        Assert.Equal(0, survey.Sources[plant.Source("slow")].Late.Readings);
        Assert.Equal(plant.Source("slow") + 1, survey.Machines[plant.Equipment("m1")].HolderPlusOne);
        Assert.Equal(Morning + (40 * Second), survey.Machines[plant.Equipment("m2")].EventMicros);

        // All are silent for so long that they hold nobody back.
        plant.Tick(at: 500);
        survey = plant.Survey(0);
        Assert.Equal([0, 0], [survey.Sources[plant.Source("fast")].MachinesHeld, survey.Sources[plant.Source("slow")].MachinesHeld]);
        Assert.True(survey.Sources[plant.Source("slow")].IsIdle);
        Assert.Equal(0, survey.Machines[plant.Equipment("m1")].HolderPlusOne);
    }

    [Fact]
    public void Readings_that_wait_are_counted_and_when_a_machine_was_heard_is_told_by_its_source()
    {
        using var plant = new Plant(shardCount: 1, new TimeOptions { OutOfOrdernessMicros = 30 * Second });
        plant.Say("m1", "gateway", at: 10, receivedAt: 13);
        plant.Say("m1", "gateway", at: 12, receivedAt: 15);

        var survey = plant.Survey(0);

        Assert.Equal((2L, 2), (survey.WaitingCount, survey.Machines[plant.Equipment("m1")].WaitingCount));
        Assert.Equal(Morning + (15 * Second), survey.Machines[plant.Equipment("m1")].ReceivedMicros);
        Assert.Equal(Morning + (12 * Second) - (30 * Second), survey.WatermarkMicrosMin);
    }

    [Fact]
    public void What_is_armed_on_a_machine_is_told_with_its_time()
    {
        using var plant = new Plant(shardCount: 1, new TimeOptions());
        plant.Say("m1", "gateway", at: 0, value: 5);
        plant.Say("m1", "gateway", at: 3, value: 0);
        plant.Say("m1", "gateway", at: 5, value: 0);

        var hold = plant.Inquire("m1");
        Assert.Equal((true, Morning + (5 * Second), plant.Source("gateway")), (hold.IsKnown, hold.WatermarkMicros, hold.Holder));
        Assert.Equal(
            [(TimerSort.Case, Morning + (13 * Second), Morning + (3 * Second), true), (TimerSort.Limit, Morning + (65 * Second), Morning + (5 * Second), false)],
            [.. hold.Timers.ToArray().OrderBy(timer => timer.AtMicros).Select(timer => (timer.Sort, timer.AtMicros, timer.SinceMicros, timer.IsMet))]);
        Assert.Equal((1, 0.0), (hold.TagCount, BitConverter.Int64BitsToDouble(hold.Tags[0].ValueBits)));

        plant.Say("m1", "gateway", at: 14, value: 0);
        var announcement = plant.Inquire("m1");
        Assert.Contains(announcement.Timers.ToArray(), timer => timer is { Sort: TimerSort.MicroStop, AtMicros: Morning + (33 * Second), SinceMicros: Morning + (3 * Second) });

        plant.Say("m1", "gateway", at: 20, value: 5);
        var clear = plant.Inquire("m1");
        Assert.Contains(clear.Timers.ToArray(), timer => timer is { Sort: TimerSort.Case, AtMicros: Morning + (24 * Second), IsMet: false });

        Assert.False(plant.Inquire("never-heard").IsKnown);
    }

    /// <summary>Asked in the middle of anything, a shard says what it would say when asked machine by machine; and asking changes no row.</summary>
    [Fact]
    public void A_survey_agrees_with_every_machine_and_changes_nothing()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var asked = Rows(seed, isAsked: true);
        var unasked = Rows(seed, isAsked: false);

        Assert.True(asked.Count > 50);
        Assert.Equal(unasked, asked);
    }

    [Fact]
    public void A_shard_takes_one_question_at_a_time_and_answers_it_between_batches()
    {
        using var plant = new Plant(shardCount: 1, new TimeOptions());
        plant.Say("m1", "gateway", at: 1);
        var (first, second) = (plant.NewSurvey(), new MachineInquiry(plant.Equipment("m1")));
        var shard = plant.Run.Shards[0];

        Assert.True(shard.Questions.TryAsk(first));
        Assert.False(shard.Questions.TryAsk(second));
        Assert.False(first.IsAnswered);
        while (shard.AnswerSlice() > 0)
        {
        }

        Assert.True(first.IsAnswered);
        Assert.True(shard.Questions.TryAsk(second));
        Assert.Equal((1, 0), (shard.AnswerSlice(), shard.AnswerSlice()));
        Assert.True(second.IsAnswered);
    }

    [Fact]
    public void Answering_allocates_nothing_on_the_shards_thread()
    {
        using var plant = new Plant(shardCount: 1, new TimeOptions { OutOfOrdernessMicros = 2 * Second });
        for (var index = 0; index < 5_000; index++)
        {
            plant.Say($"m{index % 1_000}", $"g{index % 40}", at: index / 100.0);
        }

        var shard = plant.Run.Shards[0];
        var allocated = Enumerable.Range(0, 5).Select(_ =>
        {
            var (survey, inquiry) = (plant.NewSurvey(), new MachineInquiry(plant.Equipment("m7")));
            var before = GC.GetAllocatedBytesForCurrentThread();
            shard.Questions.TryAsk(survey);
            var slices = 0;
            for (; shard.AnswerSlice() > 0; slices++)
            {
            }

            shard.Questions.TryAsk(inquiry);
            shard.AnswerSlice();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(survey.IsAnswered && inquiry.IsAnswered && survey.MachineCount == 1_000 && slices > 5);
            return bytes;
        }).ToList();

        Assert.Contains(0L, allocated);
    }

    /// <summary>The rows of a random run on two shards, which are surveyed and compared machine by machine on the way.</summary>
    private static List<string> Rows(int seed, bool isAsked)
    {
        var random = new Random(seed);
        using var plant = new Plant(
            shardCount: 2,
            new TimeOptions { OutOfOrdernessMicros = random.Next(3) * Second, IdleTimeoutMicros = random.Next(2) == 0 ? null : 20 * Second });
        var now = 0.0;
        for (var line = 0; line < 4_000; line++)
        {
            now += random.Next(20) == 0 ? random.Next(40) : 0.05;
            plant.Say($"m{random.Next(30)}", $"g{random.Next(6)}", at: now - (random.Next(5) == 0 ? random.Next(8) : 0), value: random.Next(2), receivedAt: now);
            if (isAsked && random.Next(100) == 0)
            {
                Compare(plant);
            }
            else if (!isAsked)
            {
                random.Next(100);
            }
        }

        return plant.Rows;
    }

    private static void Compare(Plant plant)
    {
        var vitals = new MachineVital[plant.Names.Equipment.Count];
        var surveys = new[] { plant.Survey(0, vitals), plant.Survey(1, vitals) };
        for (var equipment = 0; equipment < vitals.Length; equipment++)
        {
            var shard = ShardIndex.Of(plant.Names.Equipment.Utf8(equipment), 2);
            if (plant.Run.Shards[shard].TryGetWatermark(equipment, out var micros))
            {
                Assert.Equal(micros, vitals[equipment].WatermarkMicros);
                Assert.True(surveys[shard].WatermarkMicrosMin <= micros);
            }
        }

        Assert.Equal(surveys[0].Sources.Select(source => source.ProgressMicros), surveys[1].Sources.Select(source => source.ProgressMicros));
        Assert.Equal(
            vitals.Count(vital => vital.HolderPlusOne > 0),
            surveys.Sum(survey => survey.Sources.Sum(source => source.MachinesHeld)));
    }

    private sealed class Plant : IDisposable
    {
        private readonly ReplayRows _rows;

        public Plant(int shardCount, TimeOptions options)
        {
            _rows = new ReplayRows(Names);
            Run = new ReplayRun(Names, shardCount, batchSlots: 64, options, _rows.Add);
            Assert.True(RuleDocument.TryParse(Rules, out var document, out var faults), string.Join("\n", faults));
            Assert.True(Run.TryAddRules(document, Slot.NoNumber, out _));
        }

        public NameTables Names { get; } = new();

        public ReplayRun Run { get; }

        public List<string> Rows
        {
            get
            {
                Run.Flush();
                return [.. _rows.InOrder()];
            }
        }

        public int Equipment(string id) => Intern(Names.Equipment, id);

        public int Source(string id) => Intern(Names.Sources, id);

        public void Say(string machine, string source, double at, double value = 1, double? receivedAt = null) => Run.Add(new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = Micros(at),
            ReceivedAtMicros = Micros(receivedAt ?? at),
            SequenceNumber = Slot.NoNumber,
            EquipmentIndex = Equipment(machine),
            TagIndex = Intern(Names.Tags, "speed"),
            SourceIndex = Source(source),
            ValueKind = ValueKind.Number,
            ValueBits = BitConverter.DoubleToInt64Bits(value),
            Quality = Quality.Good,
        });

        public void Tick(double at) => Run.Add(ReplayRun.Control(SlotKind.Tick, Micros(at)));

        public Survey NewSurvey() => new(new MachineVital[Names.Equipment.Count], new SourceVital[Names.Sources.Count]);

        public Survey Survey(int shard, MachineVital[]? vitals = null) =>
            Ask(shard, new Survey(vitals ?? new MachineVital[Names.Equipment.Count], new SourceVital[Names.Sources.Count]));

        public MachineInquiry Inquire(string machine)
        {
            var equipment = Equipment(machine);
            return Ask(ShardIndex.Of(Names.Equipment.Utf8(equipment), Run.Shards.Count), new MachineInquiry(equipment));
        }

        public void Dispose() => Run.Dispose();

        private T Ask<T>(int shard, T question)
            where T : ShardQuestion
        {
            Run.Flush();
            Assert.True(Run.Shards[shard].Questions.TryAsk(question));
            while (Run.Shards[shard].AnswerSlice() > 0)
            {
            }

            Assert.True(question.IsAnswered);
            return question;
        }

        private static long Micros(double seconds) => Morning + (long)(seconds * Second);

        private static int Intern(NameDirectory names, string name)
        {
            names.TryIntern(Encoding.UTF8.GetBytes(name), Morning, out var index);
            return index;
        }
    }
}
