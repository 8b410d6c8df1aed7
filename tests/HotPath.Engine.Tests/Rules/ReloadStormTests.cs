using System.Globalization;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Rules;

/// <summary>
/// Documents exchanged one after the other while readings of 1,000 machines come from another thread, one document in
/// three faulty. <c>HOTPATH_RELOADS</c> says how many.
/// </summary>
public sealed class ReloadStormTests(ITestOutputHelper output)
{
    private const int ReloadCountUsual = 150;
    private const int MachineCount = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SystemClock _clock = new();

    [Fact]
    public void Reloads_under_load_lose_nothing_and_give_what_the_same_order_gives_again()
    {
        var seed = TestSeed.Next();
        var reloads = int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_RELOADS"), CultureInfo.InvariantCulture, out var asked) ? asked : ReloadCountUsual;
        using var directory = new TemporaryDirectory();
        var storm = new Storm();
        using (var engine = HotPathEngine.Open(Options(directory.Combine("first"), shards: 2), _clock))
        {
            var runners = engine.ThreadAgents(coreCount: 1)
                .Select(agent => new AgentRunner(agent, engine.WaitStrategyOf(agent), (_, fault) => storm.Fault = fault))
                .ToList();
            runners.ForEach(runner => runner.Start());
            var producer = new Thread(() => Produce(engine, storm, seed)) { IsBackground = true };
            producer.Start();

            var (good, lastText) = Reload(engine, reloads, seed);

            storm.IsOver = true;
            Assert.True(producer.Join(Patience), "the producer ends");
            var lastLsn = engine.CloseIntake();
            Assert.True(SpinWait.SpinUntil(() => storm.Fault is not null || engine.SafeLsn >= lastLsn, Patience), "the ring runs empty");
            Assert.Null(storm.Fault);
            runners.ForEach(runner => runner.Dispose());

            Assert.Equal(good, engine.RuleVersion);
            Assert.Equal(storm.Published, engine.Shards.Sum(shard => shard.Counters.Readings));
            Assert.Equal(lastText, LastDocument(engine));
            output.WriteLine(
                $"HOTPATH_SEED={seed}: {reloads} reloads, {good} taken, {storm.Published} readings, {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB managed");
        }

        Directory.Move(Path.Combine(directory.Combine("first"), "journal"), Path.Combine(Directory.CreateDirectory(directory.Combine("again")).FullName, "journal"));
        using var again = HotPathEngine.Open(Options(directory.Combine("again"), shards: 1), _clock);

        output.WriteLine($"{SameRecords(Path.Combine(directory.Combine("first"), "ledger"), again)} records derived again");
    }

    private static EngineOptions Options(string directory, int shards) => new()
    {
        DataDirectory = directory,
        ShardCount = shards,
        JournalSync = JournalSync.None,
        JournalSegmentBytes = 8 * 1024 * 1024,
        Time = new TimeOptions { OutOfOrdernessMicros = 50_000, IdleTimeoutMicros = 5_000_000 },
    };

    // Each document differs from the one before in some rules; a faulty one must leave everything as it is.
    private static (long Good, string LastText) Reload(HotPathEngine engine, int reloads, int seed)
    {
        var random = new Random(seed);
        var thresholds = Enumerable.Repeat(90, 8).ToArray();
        var (good, lastText) = (0L, "");
        for (var reload = 0; reload < reloads; reload++)
        {
            Change(thresholds, random);
            var text = Document(thresholds);
            var isFaulty = reload % 3 == 2;
            text = isFaulty ? text.Replace("groups", random.Next(2) == 0 ? "grups" : "groups: &a *a", StringComparison.Ordinal) : text;
            var isTaken = RuleDocument.TryParse(text, out var document, out _) && engine.TryChangeRules(document, out _, out _);
            Assert.Equal(!isFaulty, isTaken);
            (good, lastText) = isTaken ? (good + 1, text) : (good, lastText);
            Assert.Equal(good, engine.RuleVersion);
        }

        return (good, lastText);
    }

    // Eight rules over all machines or a tenth of them; a change moves one threshold, or takes a rule away or back.
    private static string Document(int[] thresholds)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < thresholds.Length; rule++)
        {
            if (thresholds[rule] > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $$"""
                    - id: rule-{{rule}}
                      equipment: ["{{(rule % 2 == 0 ? "*" : "machine-?" + rule + "*")}}"]
                      groups: [{ name: g, cases: [{ state: HIGH, when: tag{{rule % 4}} > {{thresholds[rule]}}{{(rule % 3 == 0 ? ", for: 20ms" : "")}} }], else: NORMAL, unknown: NO_DATA }]
                      downtime: { down: [HIGH], unknown: [NO_DATA], microStop: 1s }

                    """);
            }
        }

        return text.ToString();
    }

    private static void Change(int[] thresholds, Random random)
    {
        var rule = random.Next(thresholds.Length);
        var isAway = thresholds[rule] == 0 || (rule % 2 == 1 && random.Next(4) == 0);
        thresholds[rule] = isAway && thresholds[rule] > 0 ? 0 : 90 + ((thresholds[rule] + 1 + random.Next(8)) % 9);
    }

    private void Produce(HotPathEngine engine, Storm storm, int seed)
    {
        var random = new Random(seed + 1);
        var inlet = engine.NewInlet(ringShare: 0.5);
        var machines = Enumerable.Range(0, MachineCount).Select(machine => Intern(engine.Names.Equipment, $"machine-{machine}")).ToArray();
        var tags = Enumerable.Range(0, 4).Select(tag => Intern(engine.Names.Tags, $"tag{tag}")).ToArray();
        var sources = Enumerable.Range(0, 3).Select(source => Intern(engine.Names.Sources, $"gateway-{source}")).ToArray();
        using var block = new StagingBlock(256, 256);
        while (!storm.IsOver && storm.Fault is null)
        {
            block.Clear();
            var nowMicros = _clock.NowMicros;
            for (var reading = 0; reading < 64; reading++)
            {
                var machine = random.Next(MachineCount);
                block.Add() = ReplayRun.Control(SlotKind.Reading, nowMicros) with
                {
                    EventTimeMicros = nowMicros - random.Next(40_000),
                    EquipmentIndex = machines[machine],
                    TagIndex = tags[random.Next(4)],
                    SourceIndex = sources[machine % 3],
                    ValueKind = ValueKind.Number,
                    ValueBits = BitConverter.DoubleToInt64Bits(random.Next(100)),
                    Quality = Quality.Good,
                };
            }

            while (inlet.TryPublish(block, out _) != PublishOutcome.Published && storm.Fault is null)
            {
                Thread.Yield();
            }

            storm.Published += block.Count;
        }
    }

    private static int Intern(NameDirectory directory, string name)
    {
        Assert.NotEqual(InternOutcome.Full, directory.TryIntern(Encoding.UTF8.GetBytes(name), 0, out var index));
        return index;
    }

    private static string LastDocument(HotPathEngine engine)
    {
        Assert.True(engine.Rules.TryGet(engine.RuleVersion, out var compiled));
        return compiled.Document.Text;
    }

    /// <summary>Record by record, byte by byte: names have the same indexes, since the names file is the same.</summary>
    private static long SameRecords(string directory, HotPathEngine again)
    {
        using var first = new LedgerReader(new LibcDisk(directory), again.Journal.Recovery.Instance, 0);
        using var second = again.NewLedgerReader(0);
        var count = 0L;
        while (first.TryRead(long.MaxValue, out var record))
        {
            Assert.True(second.TryRead(long.MaxValue, out var derived), $"record {count} is not derived again");
            Assert.True(record.SequenceEqual(derived), $"record {count} is derived otherwise");
            count++;
        }

        Assert.False(second.TryRead(long.MaxValue, out _), "more is derived than there was");
        return count;
    }

    private sealed class Storm
    {
        private volatile bool _isOver;
        private volatile Exception? _fault;

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }

        public Exception? Fault
        {
            get => _fault;
            set => _fault = value;
        }

        /// <summary>Written by the producer, read after it has ended.</summary>
        public long Published { get; set; }
    }
}
