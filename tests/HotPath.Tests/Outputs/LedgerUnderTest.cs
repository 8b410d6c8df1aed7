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
    private string _path;
    private int _ordinal;

    public LedgerUnderTest()
    {
        _path = Path.Combine(_directory.Path, LedgerSegment.NameOf(0));
        BeginFile(0, previousBytes: 0);
    }

    public NameTables Names { get; } = new();

    /// <summary>Rows may be read up to here.</summary>
    public long SafeLsn { get; set; } = -1;

    public LedgerSource Source => new(
        new Guid("11111111-2222-3333-4444-555555555555"),
        Names,
        lsn => NewReader(lsn),
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

    public LedgerReader NewReader(long lsnFirst, Action<LedgerDamage>? onDamage = null) =>
        new(new LibcDisk(_directory.Path), new Guid("11111111-2222-3333-4444-555555555555"), lsnFirst) { OnDamage = onDamage };

    /// <summary>What comes stands in a new file.</summary>
    public void Roll(long lsnFirst)
    {
        var previousBytes = new FileInfo(_path).Length;
        _path = Path.Combine(_directory.Path, LedgerSegment.NameOf(lsnFirst));
        BeginFile(lsnFirst, previousBytes);
    }

    /// <summary>A bit turns in the newest file.</summary>
    /// <returns>The file.</returns>
    public string TurnBit(long offsetBytes)
    {
        TurnBit(_path, offsetBytes);
        return Path.GetFileName(_path);
    }

    /// <summary>A bit of an older file turns back.</summary>
    public void Mend(long lsnFirst, long offsetBytes) =>
        TurnBit(Path.Combine(_directory.Path, LedgerSegment.NameOf(lsnFirst)), offsetBytes);

    /// <summary>Where the next row of the newest file will begin.</summary>
    public long EndBytes => new FileInfo(_path).Length;

    public void Dispose() => _directory.Dispose();

    private static void TurnBit(string path, long offsetBytes)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[offsetBytes] ^= 16;
        File.WriteAllBytes(path, bytes);
    }

    private void BeginFile(long lsnFirst, long previousBytes)
    {
        var header = new byte[LedgerSegment.HeaderBytes];
        LedgerSegment.WriteHeader(header, Source.Instance, lsnFirst, previousBytes);
        File.WriteAllBytes(_path, header);
    }

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
