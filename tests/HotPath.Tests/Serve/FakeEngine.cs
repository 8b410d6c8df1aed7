using System.Collections.Immutable;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

/// <summary>An engine whose counters a test sets. The figures are invented and balance.</summary>
internal sealed class FakeEngine : IEngineView
{
    public BooksView Books { get; set; } = new(1_010, 1_000, [0, 7, 3], 990, 4, 8, 2, 1, 0);

    public ImmutableArray<ListenerView> Listeners { get; set; } =
        [
            new("udp:127.0.0.1:9999", 120, 48_000, 900, 1, 0, 2, 0)
            {
                DroppedUnauthenticated = 3,
                Frames = new FramesView(Received: 100, Duplicate: 5, Reordered: 4, Lost: 3, Recovered: 2, TooOld: 1),
            },
            new("kinesis:127.0.0.1:4568", 4, 9_000, 110, 0, 0, 0, 0),
        ];

    public RingView Ring { get; set; } = new(65_536, 1_040);

    public ImmutableArray<ShardView> Shards { get; set; } =
        [new(0, 1_038, 0.25, 1.5, 12, 0, new HistogramView([5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0.0005)), new(1, 1_040, 0, null, 0, 1, null)];

    public JournalView Journal { get; set; } = new(1_040, 1_038, false, 134_217_728, 77, null);

    public long LedgerLsn { get; set; } = 1_030;

    public DeltaView Delta { get; set; } = new(900, 3.5, 1, [new("readings", 880, 3, 2), new("transitions", 40, 3, 2)], null);

    public RulesView Rules { get; set; } = new(
        7, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "version: 1\nrules: []\n",
        1_772_348_400_000_000, 1_772_348_400_000_000, null, [new RuleView("line", "Line state", true)]);

    public HistogramView? EventLatency { get; set; }

    public SurveyView? Survey { get; set; }

    public MachineInquiry? Inquiry { get; set; }

    public bool IsStarted { get; set; } = true;

    public ValueTask<MachineInquiry?> InquireAsync(int equipmentIndex, CancellationToken cancel) => ValueTask.FromResult(Inquiry);

    public ImmutableArray<CheckView> Checks { get; set; } = [new("journal", true, "synced"), new("listeners", true, "2 bound")];
}
