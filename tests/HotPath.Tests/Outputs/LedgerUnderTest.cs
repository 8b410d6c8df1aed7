using System.Runtime.InteropServices;
using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Outputs;
using HotPath.TestKit;

namespace HotPath.Tests.Outputs;

/// <summary>A ledger of invented rows in a real file, which a test makes longer.</summary>
internal sealed class LedgerUnderTest : IDisposable
{
    public const long AtMicros = 1_767_323_045_123_456;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _path;
    private int _ordinal;

    public LedgerUnderTest()
    {
        _path = Path.Combine(_directory.Path, LedgerSegment.NameOf(0));
        var header = new byte[LedgerSegment.HeaderBytes];
        LedgerSegment.WriteHeader(header, Source.Instance, 0, previousBytes: 0);
        File.WriteAllBytes(_path, header);
    }

    public NameTables Names { get; } = new();

    /// <summary>Rows may be read up to here.</summary>
    public long SafeLsn { get; set; } = -1;

    public LedgerSource Source => new(
        new Guid("11111111-2222-3333-4444-555555555555"),
        Names,
        lsn => new LedgerReader(new LibcDisk(_directory.Path), new Guid("11111111-2222-3333-4444-555555555555"), lsn),
        () => SafeLsn,
        (_, into) =>
        {
            "{\"case\":1}"u8.CopyTo(into.GetSpan(10));
            into.Advance(10);
        });

    /// <summary>A transition of a machine to a state; safe to be read at once.</summary>
    public void AddTransition(long lsn, string equipment, string toState, string rule = "line", long atMicros = AtMicros) =>
        Add(lsn, equipment, LedgerRecordKind.Transition, new TransitionBody
        {
            AtMicros = atMicros,
            SinceMicros = atMicros - 1_000_000,
            RuleVersion = 3,
            RuleWord = Word(rule),
            FromWord = Word("ACTIVE"),
            ToWord = Word(toState),
            GroupWord = -1,
            ReasonWord = Word("jam"),
            Cause = TransitionCause.Reading,
        });

    /// <summary>A downtime row: open, or closed after some seconds.</summary>
    public void AddDowntime(long lsn, string equipment, int revision = 1, int? closedAfterSeconds = null, string rule = "line") =>
        Add(lsn, equipment, LedgerRecordKind.Downtime, new DowntimeBody
        {
            AtMicros = AtMicros,
            StartMicros = AtMicros,
            EndMicros = closedAfterSeconds is { } seconds ? AtMicros + (seconds * 1_000_000L) : DowntimeBody.NoEnd,
            RuleWord = Word(rule),
            StateWord = Word("STOPPED"),
            ReasonWord = -1,
            Revision = revision,
            Category = DowntimeCategory.Down,
            Micro = closedAfterSeconds is null ? MicroStop.Null : MicroStop.No,
        });

    public void Dispose() => _directory.Dispose();

    private int Word(string word)
    {
        Assert.True(Names.Words.TryIntern(Encoding.UTF8.GetBytes(word), 1, out var index) <= InternOutcome.Added);
        return index;
    }

    private void Add<T>(long lsn, string equipment, LedgerRecordKind kind, T body)
        where T : unmanaged
    {
        Assert.True(Names.Equipment.TryIntern(Encoding.UTF8.GetBytes(equipment), 1, out var index) <= InternOutcome.Added);
        var record = new byte[LedgerRecordHead.SizeBytes + Marshal.SizeOf<T>()];
        MemoryMarshal.Write(record, new LedgerRecordHead
        {
            LengthBytes = record.Length,
            EquipmentIndex = index,
            Lsn = lsn,
            Ordinal = _ordinal++,
            Kind = kind,
        });
        MemoryMarshal.Write(record.AsSpan(LedgerRecordHead.SizeBytes), body);
        var framed = new byte[LedgerSegment.PrefixBytes + record.Length];
        LedgerSegment.WriteRecord(framed, record);
        File.AppendAllBytes(_path, framed);
        SafeLsn = Math.Max(SafeLsn, lsn);
    }
}
