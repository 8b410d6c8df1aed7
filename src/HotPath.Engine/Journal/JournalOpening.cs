using HotPath.Engine.Names;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Opens a journal directory: which segments count, where the journal ends, what is torn and what is damaged. Cold,
/// on one thread, before anything else. Torn is cut and counted; damage is reported and never cut.
/// </summary>
/// <remarks>
/// An invalid frame is a torn tail if no valid frame stands behind it and no frame or header says that its LSN was
/// durable. Everything else is damage.
/// </remarks>
internal sealed class JournalOpening
{
    /// <summary>
    /// A last segment whose header is lost may have held any number of LSNs; so many are skipped, so that none is
    /// given twice. There are 2^61.
    /// </summary>
    private const long LsnsSkippedForLostHeader = 1L << 32;

    private readonly IDisk _disk;
    private readonly List<JournalDamage> _damages = [];
    private readonly List<string> _spares = [];
    private readonly List<(long Number, string Name)> _lostNames = [];
    private long _lastLsn = -1;
    private long _durableLsnKnown = -1;
    private long _tornBytes;
    private bool _hasMarkAtEnd;

    private JournalOpening(IDisk disk, NameTables names, IReadOnlyList<string> fileNames)
    {
        _disk = disk;
        IsNew = !fileNames.Contains(NamesFile.FileName);
        var tornNamesBytes = 0L;
        var instance = Guid.NewGuid();
        var numbers = NumbersOf(fileNames);
        Names = IsNew
            ? CreateWhenNothingIsLost(names, instance, numbers)
            : NamesFile.Load(disk, names, out instance, out tornNamesBytes);
        Segments = new JournalSegments(disk, instance);
        NextNumber = numbers.Count == 0 ? 1 : numbers[^1] + 1;
        TidyUp(fileNames);
        FindSegments(numbers);
        FindEnd();
        Recovery = Describe(instance, tornNamesBytes);
    }

    public bool IsNew { get; }

    public NamesFile Names { get; }

    public JournalSegments Segments { get; }

    public IReadOnlyList<string> Spares => _spares;

    public long NextNumber { get; }

    public JournalRecovery Recovery { get; }

    public static JournalOpening Of(IDisk disk, NameTables names)
    {
        disk.TryList(out var fileNames).ThrowIfFailed($"The journal directory {disk.Root} cannot be listed");
        return new JournalOpening(disk, names, fileNames);
    }

    private static List<long> NumbersOf(IEnumerable<string> fileNames)
    {
        var numbers = new List<long>();
        foreach (var name in fileNames)
        {
            if (JournalSegments.TryParseName(name, out var number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    private NamesFile CreateWhenNothingIsLost(NameTables names, Guid instance, List<long> numbers) => numbers.Count == 0
        ? NamesFile.Create(_disk, instance, names)
        : throw new DiskFaultException(
            $"The journal in {_disk.Root} has segments but no names file",
            "Restore the names file from a copy, or move the whole directory away to begin a new journal.");

    private void TidyUp(IReadOnlyList<string> fileNames)
    {
        foreach (var name in fileNames)
        {
            if (SegmentPreparer.IsTemporary(name))
            {
                _disk.Delete(name);
            }
            else if (SegmentPreparer.IsSpare(name))
            {
                _spares.Add(name);
            }
        }
    }

    /// <summary>Reads all headers; what lies wholly below the low-water mark no longer counts.</summary>
    private void FindSegments(List<long> numbers)
    {
        var lowWaterLsn = LowWater.Read(_disk);
        var entries = new List<SegmentEntry>();
        using var cursor = new SegmentCursor();
        foreach (var number in numbers)
        {
            var name = JournalSegments.NameOf(number);
            switch (cursor.Open(_disk, name))
            {
                case SegmentHeaderCheck.Unused:
                    MakeSpare(cursor, name);
                    break;
                case SegmentHeaderCheck.Damaged:
                    _lostNames.Add((number, name));
                    break;
                default:
                    entries.Add(Accept(cursor.Header, name));
                    break;
            }
        }

        // A removal that was under way: the mark was durable before it began.
        var below = 0;
        while (below + 1 < entries.Count && entries[below + 1].FirstLsn <= lowWaterLsn)
        {
            _disk.Delete(JournalSegments.NameOf(entries[below].Number));
            below++;
        }

        foreach (var entry in entries.Skip(below))
        {
            Segments.Add(entry);
        }
    }

    private SegmentEntry Accept(in SegmentHeader header, string name)
    {
        if (header.Instance != Segments.Instance)
        {
            throw new DiskFaultException(
                $"{name} in {_disk.Root} belongs to another journal ({header.Instance}, not {Segments.Instance})",
                "Move the file to the directory it came from.");
        }

        _durableLsnKnown = Math.Max(_durableLsnKnown, header.DurableLsn);
        return new SegmentEntry(header.Number, header.FirstLsn, header.PreviousLsn);
    }

    private void MakeSpare(SegmentCursor cursor, string name)
    {
        cursor.Close();
        if (_disk.Rename(name, name + SegmentPreparer.SpareSuffix).IsNone)
        {
            _spares.Add(name + SegmentPreparer.SpareSuffix);
        }
    }

    /// <summary>Goes through the last segment, whose end is the journal's; a lost header in it or before it is damage.</summary>
    private void FindEnd()
    {
        using var cursor = new SegmentCursor();
        var entries = Segments.ToArray();
        foreach (var (number, name) in _lostNames)
        {
            ReportLostSegment(cursor, entries, number, name);
        }

        if (entries.Length == 0)
        {
            return;
        }

        var last = entries[^1];
        var isLastLost = _lostNames.Count > 0 && _lostNames[^1].Number > last.Number;
        var end = ScanToEnd(cursor, last, reportsDamage: true);
        if (end.IsTorn)
        {
            Cut(last, end.Offset, cursor);
        }

        var writtenLsn = Math.Max(end.LastLsn, Math.Max(last.PreviousLsn, _durableLsnKnown));
        _lastLsn = isLastLost ? writtenLsn + LsnsSkippedForLostHeader : writtenLsn;
        _hasMarkAtEnd = end.HasMark && !isLastLost;
    }

    private void ReportLostSegment(SegmentCursor cursor, SegmentEntry[] entries, long number, string name)
    {
        var firstLsn = 0L;
        var lastLsn = long.MaxValue;
        foreach (var entry in entries)
        {
            if (entry.Number < number)
            {
                firstLsn = ScanToEnd(cursor, entry, reportsDamage: false).LastLsn + 1;
            }
            else
            {
                lastLsn = entry.PreviousLsn;
                break;
            }
        }

        _damages.Add(new JournalDamage(firstLsn, lastLsn, name, 0));
    }

    private SegmentEnd ScanToEnd(SegmentCursor cursor, in SegmentEntry entry, bool reportsDamage)
    {
        var name = JournalSegments.NameOf(entry.Number);
        cursor.Open(_disk, name);
        var lastLsn = entry.FirstLsn - 1;
        var hasMark = false;
        while (true)
        {
            var offset = cursor.Offset;
            while (cursor.TryMoveNext(out var header))
            {
                if (header.Kind == FrameKind.Slots && header.FirstLsn > lastLsn + 1 && reportsDamage)
                {
                    _damages.Add(new JournalDamage(lastLsn + 1, header.FirstLsn - 1, name, offset));
                }

                hasMark = header.Kind == FrameKind.Mark;
                lastLsn = Math.Max(lastLsn, header.LastLsn);
                _durableLsnKnown = Math.Max(_durableLsnKnown, header.DurableLsn);
                offset = cursor.Offset;
            }

            if (cursor.TrySkipDamage(lastLsn + 1, long.MaxValue))
            {
                continue;
            }

            var isTorn = _durableLsnKnown <= lastLsn;
            if (!isTorn && reportsDamage)
            {
                _damages.Add(new JournalDamage(lastLsn + 1, _durableLsnKnown, name, offset));
            }

            return new SegmentEnd(lastLsn, offset, isTorn, hasMark);
        }
    }

    /// <summary>
    /// Cuts an unfinished end off, and gives back what the segment has not used: the next start begins a new one.
    /// What was torn is counted as far as its own header tells; a frame of which nothing arrived counts nothing.
    /// </summary>
    private void Cut(in SegmentEntry entry, long offset, SegmentCursor cursor)
    {
        _tornBytes = cursor.DeclaredBytesAt(offset, entry.FirstLsn);
        var name = JournalSegments.NameOf(entry.Number);
        cursor.Close();
        _disk.TryOpen(name, out var file).ThrowIfFailed($"{name} cannot be opened in {_disk.Root}");
        file.Truncate(offset).ThrowIfFailed($"{name} cannot be cut in {_disk.Root}");
        file.Sync().ThrowIfFailed($"{name} cannot be synced in {_disk.Root}");
        file.Dispose();
    }

    private JournalRecovery Describe(Guid instance, long tornNamesBytes) => new()
    {
        IsNew = IsNew,
        Instance = instance,
        FirstLsn = Math.Min(Segments.FirstLsn, _lastLsn + 1),
        LastLsn = _lastLsn,
        DurableLsnKnown = _durableLsnKnown,
        HasMarkAtEnd = _hasMarkAtEnd,
        TornBytes = _tornBytes,
        TornNamesBytes = tornNamesBytes,
        Damages = _damages,
        SegmentCount = Segments.Count,
    };

    private readonly record struct SegmentEnd(long LastLsn, long Offset, bool IsTorn, bool HasMark);
}
