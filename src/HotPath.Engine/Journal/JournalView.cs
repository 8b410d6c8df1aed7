using HotPath.Engine.Names;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// A journal directory to look at and not to touch, beside a running engine too. Cold; opening throws
/// <see cref="DiskFaultException"/>.
/// </summary>
internal sealed class JournalView : IDisposable
{
    private readonly JournalOpening _opening;

    private JournalView(JournalOpening opening, NameTables names)
    {
        _opening = opening;
        Names = names;
    }

    public JournalRecovery Recovery => _opening.Recovery;

    public JournalSegments Segments => _opening.Segments;

    public NameTables Names { get; }

    public long NamesFileBytes => _opening.Names.LengthBytes;

    public static JournalView Open(IDisk disk)
    {
        var names = new NameTables();
        return new JournalView(JournalOpening.Of(disk, names, mayChange: false), names);
    }

    public JournalReader NewReader(long firstLsn) => new(Segments, firstLsn);

    public void Dispose() => _opening.Names.Dispose();
}
