using System.CommandLine;
using HotPath.Cli;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.TestKit;

namespace HotPath.Tests.Cli;

public sealed class JournalCommandTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public JournalCommandTests()
    {
        WriteJournal(Path.Combine(_data.Path, "journal"));
    }

    [Fact]
    public void Stat_tells_where_the_journal_begins_and_ends()
    {
        var (code, text) = Run("stat", _data.Path);

        Assert.Equal(0, code);
        Assert.Contains("LSNs          0 to 2", text, StringComparison.Ordinal);
        Assert.Contains("end           marked", text, StringComparison.Ordinal);
        Assert.Contains("1 Equipment", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_finds_a_sound_journal_sound()
    {
        var (code, text) = Run("verify", Path.Combine(_data.Path, "journal"));

        Assert.Equal(0, code);
        Assert.Contains("3 slots sound, 0 damaged", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_names_the_lsns_that_are_damaged()
    {
        var segment = Directory.GetFiles(Path.Combine(_data.Path, "journal"), "*.journal").Order().First();
        var bytes = File.ReadAllBytes(segment);
        bytes[4096 + 60] ^= 1;
        File.WriteAllBytes(segment, bytes);

        var (code, text) = Run("verify", _data.Path);

        Assert.Equal(1, code);
        Assert.Contains("DAMAGED       LSN 0 to 2", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Dump_shows_readings_with_their_names_from_the_lsn_asked_for()
    {
        var (code, text) = Run("dump", _data.Path, "--from", "1");

        Assert.Equal(0, code);
        Assert.DoesNotContain("0 Start", text, StringComparison.Ordinal);
        Assert.Contains("1 Reading received 2023-11-14T22:13:20.000000Z", text, StringComparison.Ordinal);
        Assert.Contains("presse-7 Temperatur = 21.5 Good from -", text, StringComparison.Ordinal);
        Assert.Contains("2 Rejected", text, StringComparison.Ordinal);
        Assert.Contains("Malformed from -, 5 bytes: {oops", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_without_a_journal_is_said_plainly_and_stays_empty()
    {
        using var empty = new TemporaryDirectory();

        var (code, text) = Run("stat", empty.Path);

        Assert.Equal(2, code);
        Assert.Contains("There is no journal", text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(empty.Path));
    }

    public void Dispose() => _data.Dispose();

    private static (int Code, string Text) Run(params string[] args)
    {
        using var output = new StringWriter();
        var code = JournalCommand.Create().Parse(args).Invoke(new InvocationConfiguration { Output = output, Error = output });
        return (code, output.ToString());
    }

    private static void WriteJournal(string path)
    {
        var names = new NameTables();
        var options = new EngineOptions { DataDirectory = path, JournalSegmentBytes = 64 * 1024, RingSlots = 1024 };
        using var journal = Engine.Journal.Journal.Open(new LibcDisk(path), names, options, new SystemClock());
        using var ring = new RingBuffer(options.RingSlots, 0, new BusySpinWaitStrategy());
        var rejects = new RejectsBuffer();
        using var writer = journal.NewWriter(ring, rejects, new NoDocuments());
        names.Equipment.TryIntern("presse-7"u8, 0, out _);
        names.Tags.TryIntern("Temperatur"u8, 0, out _);
        new ControlInlet(ring).TryPublishStart(1_700_000_000_000_000, out _);
        using var block = new StagingBlock(2, 2);
        block.Add() = new Slot
        {
            Kind = SlotKind.Reading,
            EventTimeMicros = 1_700_000_000_000_000,
            ReceivedAtMicros = 1_700_000_000_000_000,
            SequenceNumber = Slot.NoNumber,
            CreatedAtMicros = Slot.NoNumber,
            SourceIndex = Slot.NoIndex,
            Model = Slot.NoModel,
            ValueKind = ValueKind.Number,
            ValueBits = BitConverter.DoubleToInt64Bits(21.5),
            Quality = Quality.Good,
        };
        block.AddRejected("{oops"u8, RejectReason.Malformed, Slot.NoIndex, 0, 1_700_000_000_000_000);
        new Inlet(ring, rejects, ring.SlotCount).TryPublish(block, out _);
        writer.DoWork();
        writer.OnClose();
    }

    private sealed class NoDocuments : IRuleDocumentBytes
    {
        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => default;
    }
}
