using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;
using HotPath.Kinesis;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// Ring and journal in a directory of their own, policy batch, and nothing behind them: what a PutRecords call needs to be
/// answered. Made and closed by one thread.
/// </summary>
internal sealed class JournaledRing : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hotpath-kinesis-").FullName;
    private readonly ParkingWaitStrategy _published = new();
    private readonly RejectsBuffer _rejects = new();
    private readonly NameTables _names;
    private readonly NameQuota _quota = new();
    private readonly Engine.Journal.Journal _journal;
    private readonly RingBuffer _ring;
    private readonly JournalWriter _writer;
    private readonly AgentRunner _writing;
    private readonly AgentRunner _preparing;
    private readonly DurableGate _gate;
    private Exception? _fault;

    public JournaledRing(NameTables names, IClock clock)
    {
        _names = names;
        var options = new EngineOptions { DataDirectory = _directory, JournalSync = JournalSync.Batch };
        _journal = Engine.Journal.Journal.Open(new LibcDisk(_directory), names, options, clock);
        _ring = new RingBuffer(options.RingSlots, 0, _published);
        _writer = _journal.NewWriter(_ring, _rejects, new NoDocuments());
        _writing = new AgentRunner(_writer, _published, (_, fault) => _fault = fault);
        _preparing = new AgentRunner(_journal.Preparer, new NappingWaitStrategy(), (_, fault) => _fault = fault);
        _gate = new DurableGate(_writer.Durable);
        _writing.Start();
        _preparing.Start();
        _gate.Start();
    }

    public IDurableWait Gate => _gate;

    public IIntake NewIntake() =>
        new EngineIntake(new RecordDecoder(_names, _quota), new Inlet(_ring, _rejects, _ring.SlotCount));

    /// <summary>Slots that stand in the journal, counted by reading all of it.</summary>
    public long CountSlots()
    {
        if (_fault is not null)
        {
            throw new InvalidOperationException("An agent of the journal failed.", _fault);
        }

        var lsnLast = _writer.Durable.DurableLsn;
        using var reader = _journal.NewReader(0);
        var count = 0L;
        while (reader.TryRead(lsnLast) == JournalRead.Slots)
        {
            count += reader.Slots.Length;
        }

        return count;
    }

    public void Dispose()
    {
        _gate.Dispose();
        _writing.Dispose();
        _preparing.Dispose();
        _writer.Dispose();
        _ring.Dispose();
        _published.Dispose();
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class NoDocuments : IRuleDocumentBytes
    {
        public ReadOnlyMemory<byte> Utf8(long ruleVersion) => default;
    }
}
