using HotPath.Engine.Names;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// Opens a journal directory: which segments count, where the journal ends, what is torn and what is damaged. Cold,
/// on one thread, before anything else. Torn is cut and counted; damage is reported and never cut.
/// </summary>
/// <remarks>
/// An invalid frame begins a torn tail if no frame and no header says that its LSN was durable, and no valid frame
/// stands behind it but those of the same unsynced group. Everything else is damage.
/// </remarks>
internal sealed class JournalOpening
{
    /// <summary>
    /// A last segment whose header is lost may have held any number of LSNs; so many are skipped, so that none is
    /// given twice. There are 2^61.
    /// </summary>
    private const long LsnsSkippedForLostHeader = 1L << 32;

    private readonly IDisk _disk;
    private readonly bool _mayChange;
    private readonly List<JournalDamage> _damages = [];
    private readonly List<string> _spares = [];
    private readonly List<(long Number, string Name)> _lostNames = [];
    private long _lastLsn = -1;
    private long _durableLsnKnown = -1;
    private long _namesBytesNeeded;
    private long _tornBytes;
    private bool _hasMarkAtEnd;

    private JournalOpening(IDisk disk, NameTables names, IReadOnlyList<string> fileNames, bool mayChange)
    {
        _disk = disk;
        _mayChange = mayChange;
        IsNew = !fileNames.Contains(NamesFile.FileName);
        var instance = Guid.NewGuid();
        var numbers = NumbersOf(fileNames);
        Names = IsNew
            ? CreateWhenNothingIsLost(names, instance, numbers)
            : NamesFile.Load(disk, names, out instance);
        Segments = new JournalSegments(disk, instance);
        NextNumber = numbers.Count == 0 ? 1 : numbers[^1] + 1;
        TidyUp(fileNames);
        FindSegments(numbers);
        FindEnd();
        CheckNames();
        Recovery = Describe(instance);
    }

    public bool IsNew { get; }

    public NamesFile Names { get; }

    public JournalSegments Segments { get; }

    public IReadOnlyList<string> Spares => _spares;

    public long NextNumber { get; }

    /// <summary>What lay below was removed on purpose.</summary>
    public long LowWaterLsn { get; private set; }

    public JournalRecovery Recovery { get; }

    /// <param name="mayChange">False: only looks, beside a running engine too; nothing is cut, removed or made.</param>
    public static JournalOpening Of(IDisk disk, NameTables names, bool mayChange)
    {
        disk.TryList(out var fileNames).ThrowIfFailed($"The journal directory {disk.Root} cannot be listed");
        return new JournalOpening(disk, names, fileNames, mayChange);
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

    private NamesFile CreateWhenNothingIsLost(NameTables names, Guid instance, List<long> numbers)
    {
        if (!_mayChange)
        {
            throw new DiskFaultException($"There is no journal in {_disk.Root}", "Give the directory that holds its files.");
        }

        return numbers.Count == 0
            ? NamesFile.Create(_disk, instance, names)
            : throw new DiskFaultException(
                $"The journal in {_disk.Root} has segments but no names file",
                "Restore the names file from a copy, or move the whole directory away to begin a new journal.");
    }

    private void TidyUp(IReadOnlyList<string> fileNames)
    {
        foreach (var name in fileNames)
        {
            if (SegmentPreparer.IsTemporary(name) && _mayChange)
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
        LowWaterLsn = lowWaterLsn;
        if (_mayChange)
        {
            LowWater.Prepare(_disk);
        }

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
                case SegmentHeaderCheck.OtherFormat:
                    throw new DiskFaultException(
                        $"{name} in {_disk.Root} is of format {cursor.Header.Format}, and this version reads format {SegmentHeader.FormatNumber}",
                        "Start the version of HotPath that wrote it; nothing was changed.");
                default:
                    entries.Add(Accept(cursor.Header, name));
                    break;
            }
        }

        var below = 0;
        while (below + 1 < entries.Count && entries[below + 1].FirstLsn <= lowWaterLsn)
        {
            below++;
        }

        if (below > 0 && _mayChange)
        {
            EndRemoval(entries.Take(below), lowWaterLsn);
        }

        foreach (var entry in entries.Skip(below))
        {
            Segments.Add(entry);
        }
    }

    /// <summary>A removal was under way. Its mark may be in the page cache alone, of a sync that failed: once more, then.</summary>
    private void EndRemoval(IEnumerable<SegmentEntry> entries, long lowWaterLsn)
    {
        LowWater.Write(_disk, lowWaterLsn).ThrowIfFailed($"The low-water mark cannot be written in {_disk.Root}");
        foreach (var entry in entries)
        {
            _disk.Delete(JournalSegments.NameOf(entry.Number));
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
        _namesBytesNeeded = Math.Max(_namesBytesNeeded, header.NamesBytes);
        return new SegmentEntry(header.Number, header.FirstLsn, header.PreviousLsn);
    }

    private void MakeSpare(SegmentCursor cursor, string name)
    {
        cursor.Close();
        if (_mayChange && _disk.Rename(name, name + SegmentPreparer.SpareSuffix).IsNone)
        {
            _spares.Add(name + SegmentPreparer.SpareSuffix);
        }
    }

    /// <summary>
    /// Goes through the last segment, whose end is the journal's; a lost header in it or before it is damage.
    /// </summary>
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
            _lastLsn = _lostNames.Count > 0 ? LsnsSkippedForLostHeader : _lastLsn;
            return;
        }

        var last = entries[^1];
        var isLastLost = _lostNames.Count > 0 && _lostNames[^1].Number > last.Number;
        var end = ScanToEnd(cursor, last, reportsDamage: true);
        if (end.IsTorn)
        {
            Cut(last, end, cursor);
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
        var end = new SegmentEnd(entry.FirstLsn - 1, cursor.Offset, IsTorn: false, HasMark: false);
        var unsure = new Queue<(long Offset, long LastLsn)>();
        while (true)
        {
            for (var offset = cursor.Offset; cursor.TryMoveNext(out var header); offset = cursor.Offset)
            {
                if (header.FirstLsn > end.LastLsn + 1 && reportsDamage)
                {
                    _damages.Add(new JournalDamage(end.LastLsn + 1, header.FirstLsn - 1, name, end.Offset));
                }

                Learn(header);
                unsure.Enqueue((offset, header.LastLsn));
                while (unsure.TryPeek(out var frame) && frame.LastLsn <= _durableLsnKnown)
                {
                    unsure.Dequeue();
                }

                var isMark = header.Kind == FrameKind.Mark;
                end = new SegmentEnd(Math.Max(end.LastLsn, header.LastLsn), cursor.Offset, IsTorn: false, isMark);
            }

            var isFollowed = cursor.TrySkipDamage(end.LastLsn + 1, long.MaxValue);
            if (isFollowed && !IsOfUnsyncedGroup(cursor, end.LastLsn + 1))
            {
                continue;
            }

            var isTorn = _durableLsnKnown <= end.LastLsn;
            if (!isTorn && reportsDamage)
            {
                _damages.Add(new JournalDamage(end.LastLsn + 1, _durableLsnKnown, name, end.Offset));
            }

            return end with { IsTorn = isTorn, UnsureOffset = unsure.TryPeek(out var first) ? first.Offset : end.Offset };
        }
    }

    private void Learn(in FrameHeader header)
    {
        _durableLsnKnown = Math.Max(_durableLsnKnown, header.DurableLsn);
        _namesBytesNeeded = Math.Max(_namesBytesNeeded, header.NamesBytes);
    }

    /// <summary>
    /// Of frames that were written and not yet synced, a power cut may keep a later one and lose an earlier one. They
    /// are such if none of them knows the lost LSN as durable, in a segment that is synced at all.
    /// </summary>
    private static bool IsOfUnsyncedGroup(SegmentCursor cursor, long lostLsn)
    {
        var offset = cursor.Offset;
        var durableLsn = -1L;
        do
        {
            while (cursor.TryMoveNext(out var header))
            {
                durableLsn = Math.Max(durableLsn, header.DurableLsn);
            }
        }
        while (cursor.TrySkipDamage(lostLsn, long.MaxValue));

        cursor.Back(offset);
        return durableLsn < lostLsn && cursor.Header.DurableLsn != SegmentHeader.NeverSynced;
    }

    /// <summary>
    /// Cuts an unfinished end off, and gives back what the segment has not used: the next start begins a new one.
    /// What was torn is counted as far as its own header tells; a frame of which nothing arrived counts nothing.
    /// What is kept and nobody has called durable is written again before it is synced: an earlier sync may have failed,
    /// and the page cache shows what the disk does not have.
    /// </summary>
    private void Cut(in SegmentEntry entry, in SegmentEnd end, SegmentCursor cursor)
    {
        _tornBytes = cursor.DeclaredBytesAt(end.Offset, entry.FirstLsn);
        cursor.Close();
        if (!_mayChange)
        {
            return;
        }

        var name = JournalSegments.NameOf(entry.Number);
        _disk.TryOpen(name, out var file).ThrowIfFailed($"{name} cannot be opened in {_disk.Root}");
        file.Truncate(end.Offset).ThrowIfFailed($"{name} cannot be cut in {_disk.Root}");
        var from = end.UnsureOffset == SegmentHeader.AreaBytes ? 0 : end.UnsureOffset;
        Rewriting.Again(file, from, end.Offset).ThrowIfFailed($"{name} cannot be written again in {_disk.Root}");
        file.Sync().ThrowIfFailed($"{name} cannot be synced in {_disk.Root}");
        file.Dispose();
    }

    /// <summary>Names are durable before the first frame that uses them: what is missing was there.</summary>
    private void CheckNames()
    {
        if (Names.LengthBytes < _namesBytesNeeded)
        {
            throw new DiskFaultException(
                $"The names file in {_disk.Root} is damaged: {Names.LengthBytes} of {_namesBytesNeeded} bytes are whole",
                "Restore it from a copy: readings would get the names of others.");
        }

        if (_mayChange)
        {
            Names.MakeSure(_disk, _namesBytesNeeded);
        }
    }

    private JournalRecovery Describe(Guid instance) => new()
    {
        IsNew = IsNew,
        Instance = instance,
        FirstLsn = FirstLsn(),
        LowWaterLsn = LowWaterLsn,
        LastLsn = _lastLsn,
        DurableLsnKnown = _durableLsnKnown,
        HasMarkAtEnd = _hasMarkAtEnd,
        TornBytes = _tornBytes,
        TornNamesBytes = Names.TornBytes,
        Damages = _damages,
        SegmentCount = Segments.Count,
    };

    /// <summary>From the low-water mark on everything should be there: what is missing behind it is read as damage.</summary>
    private long FirstLsn()
    {
        var isBeginLost = Segments.Count == 0 ? _lostNames.Count > 0 : Segments.ToArray()[0].PreviousLsn >= LowWaterLsn;
        return isBeginLost ? LowWaterLsn : Math.Min(Segments.FirstLsn, _lastLsn + 1);
    }

    private readonly record struct SegmentEnd(long LastLsn, long Offset, bool IsTorn, bool HasMark)
    {
        /// <summary>Where the first frame begins that nobody has called durable.</summary>
        public long UnsureOffset { get; init; }
    }
}
