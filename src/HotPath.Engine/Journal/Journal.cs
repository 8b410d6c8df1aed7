using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// A journal directory: opened and recovered once, then written by one agent, prepared by another, read by any number
/// of cursors. Opening is cold and throws <see cref="DiskFaultException"/>; so does nothing after it.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly NamesFile _names;
    private readonly EngineOptions _options;
    private readonly IClock _clock;

    private Journal(JournalOpening opening, EngineOptions options, IClock clock)
    {
        Recovery = opening.Recovery;
        Segments = opening.Segments;
        _names = opening.Names;
        _options = options;
        _clock = clock;
        Preparer = new SegmentPreparer(Segments, clock, options.JournalSegmentBytes, opening.NextNumber);
        foreach (var spare in opening.Spares)
        {
            Preparer.Adopt(spare);
        }
    }

    public JournalRecovery Recovery { get; }

    public JournalSegments Segments { get; }

    /// <summary>An agent; give it a thread of its own or let a patient one turn it.</summary>
    public SegmentPreparer Preparer { get; }

    /// <summary>
    /// Recovers what is there, or begins a new journal. The tables must be empty; all names are loaded.
    /// </summary>
    public static Journal Open(IDisk disk, NameTables names, EngineOptions options, IClock clock) =>
        new(JournalOpening.Of(disk, names, mayChange: true), options, clock);

    /// <summary>
    /// The agent that writes. The ring's first LSN may lie above the journal's end; what lies between is recorded as
    /// a gap. Prepares the first segment, which may take a while.
    /// </summary>
    public JournalWriter NewWriter(RingBuffer ring, RejectsBuffer rejects, IRuleDocumentBytes ruleDocuments)
    {
        Invariant.Holds(ring.FirstLsn > Recovery.LastLsn);

        Preparer.PrepareNow();
        var setup = new JournalWriterSetup(ring, rejects, ruleDocuments, _clock, _options);
        return new JournalWriter(Segments, Preparer, _names, setup, Recovery.LastLsn);
    }

    /// <summary>A cursor. Each belongs to one thread.</summary>
    public JournalReader NewReader(long firstLsn) => new(Segments, firstLsn);

    /// <summary>Nothing below this LSN is needed any longer. Any thread may call it; the preparer does it.</summary>
    public void KeepFrom(long lsn) => Preparer.KeepFrom(lsn);

    public void Dispose()
    {
        Preparer.Dispose();
        _names.Dispose();
    }
}
