using System.Runtime.InteropServices;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Shard.Asking;
using HotPath.Serve;
using HotPath.Serve.Live;

namespace HotPath.Tests.Serve;

/// <summary>Writes ledger records as a shard would and feeds them to a live view. Times are seconds from an arbitrary morning.</summary>
internal sealed class FakePlant : IStateCategories
{
    public const long MorningMicros = 1_772_348_400_000_000; // 2026-03-01T07:00:00Z

    private readonly Dictionary<string, DowntimeCategory> _filed = new(StringComparer.Ordinal)
    {
        ["STOPPED"] = DowntimeCategory.Down,
        ["CHANGEOVER"] = DowntimeCategory.Planned,
        ["NO_DATA"] = DowntimeCategory.Unknown,
    };

    private MachineVital[] _vitals = [];

    public FakePlant(LiveLimits? limits = null) => Live = new LiveView(Names, this, limits);

    public NameTables Names { get; } = new();

    public LiveView Live { get; }

    public long NextLsn { get; set; } = 1;

    public static long At(double seconds) => MorningMicros + (long)(seconds * 1e6);

    public DowntimeCategory Of(long ruleVersion, int ruleWord, int stateWord) =>
        stateWord < 0 ? DowntimeCategory.None : _filed.GetValueOrDefault(Names.Words.Text(stateWord));

    public int Equipment(string id)
    {
        Names.Equipment.TryIntern(Encoding.UTF8.GetBytes(id), MorningMicros, out var index);
        return index;
    }

    /// <summary>As a survey of the shards tells it.</summary>
    public FakePlant Heard(string id, long atMicros)
    {
        var index = Equipment(id);
        Array.Resize(ref _vitals, Math.Max(_vitals.Length, index + 1));
        _vitals[index] = new MachineVital { EventMicros = atMicros, ReceivedMicros = atMicros, WatermarkMicros = atMicros };
        Live.Adopt(_vitals);
        return this;
    }

    /// <summary>A transition with an LSN of its own, or of the record before.</summary>
    public FakePlant Transition(
        string id, string? from, string? to, double at, double? since = null, string? reason = null, bool sameLsn = false,
        string rule = "line", string? evidence = "{\"case\":\"speed > 0\"}", long? atMicros = null)
    {
        var why = Encoding.UTF8.GetBytes(evidence ?? "");
        var body = new TransitionBody
        {
            AtMicros = atMicros ?? At(at),
            SinceMicros = since is { } s ? At(s) : atMicros ?? At(at),
            RuleVersion = 7,
            RuleWord = Word(rule),
            FromWord = Word(from),
            ToWord = Word(to),
            GroupWord = Word("operation"),
            ReasonWord = Word(reason),
            EvidenceBytes = why.Length,
            Cause = TransitionCause.Reading,
        };
        Feed(LedgerRecordKind.Transition, id, sameLsn, body, why);
        return this;
    }

    public FakePlant Downtime(
        string id, string state, double start, double? end, int revision = 1, string? reason = null, bool micro = false,
        string rule = "line", int ordinal = 0, bool sameLsn = true, long? startMicros = null, long? endMicros = null)
    {
        var ends = endMicros ?? (end is { } e ? At(e) : DowntimeBody.NoEnd);
        var starts = startMicros ?? At(start);
        var body = new DowntimeBody
        {
            AtMicros = ends == DowntimeBody.NoEnd ? starts : ends,
            StartMicros = starts,
            EndMicros = ends,
            RuleWord = Word(rule),
            StateWord = Word(state),
            ReasonWord = Word(reason),
            Ordinal = ordinal,
            Revision = revision,
            Category = _filed[state],
            Micro = ends == DowntimeBody.NoEnd ? MicroStop.Null : micro ? MicroStop.Yes : MicroStop.No,
        };
        Feed(LedgerRecordKind.Downtime, id, sameLsn, body, []);
        return this;
    }

    private void Feed<T>(LedgerRecordKind kind, string id, bool sameLsn, in T body, byte[] evidence)
        where T : unmanaged
    {
        var bodyBytes = Marshal.SizeOf<T>() + evidence.Length;
        var head = new LedgerRecordHead
        {
            LengthBytes = (LedgerRecordHead.SizeBytes + bodyBytes + 7) & ~7,
            EquipmentIndex = Equipment(id),
            Lsn = sameLsn && NextLsn > 1 ? NextLsn - 1 : NextLsn++,
            Kind = kind,
        };
        var record = new byte[head.LengthBytes];
        MemoryMarshal.Write(record, head);
        MemoryMarshal.Write(record.AsSpan(LedgerRecordHead.SizeBytes), body);
        evidence.CopyTo(record, LedgerRecordHead.SizeBytes + Marshal.SizeOf<T>());
        Live.Apply(record);
    }

    private int Word(string? word)
    {
        if (word is null)
        {
            return -1;
        }

        Names.Words.TryIntern(Encoding.UTF8.GetBytes(word), MorningMicros, out var index);
        return index;
    }
}
