using System.Globalization;
using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// The segments in use, oldest first: which LSNs lie in which file. The journal adds at the end, the preparer removes
/// at the begin, any thread may look up; without a lock. When full the journal rolls no further, as if the disk were.
/// </summary>
internal sealed class JournalSegments
{
    /// <summary>16,384 segments of 128 MiB are 2 TiB.</summary>
    public const int CountMax = 1 << 14;

    private const string Suffix = ".journal";

    private readonly SegmentEntry[] _entries = new SegmentEntry[CountMax];
    private long _begin;
    private long _end;

    public JournalSegments(IDisk disk, Guid instance)
    {
        Disk = disk;
        Instance = instance;
    }

    public IDisk Disk { get; }

    /// <summary>Made with the journal, kept in its headers.</summary>
    public Guid Instance { get; }

    public int Count => (int)(Volatile.Read(ref _end) - Volatile.Read(ref _begin));

    public bool IsFull => Count == CountMax;

    /// <summary>The lowest LSN that can still be read; long.MaxValue in a journal without segments.</summary>
    public long FirstLsn => TryGet(Volatile.Read(ref _begin), out var entry) ? entry.FirstLsn : long.MaxValue;

    public static string NameOf(long number) => number.ToString("D10", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The number in a segment's file name.</summary>
    public static bool TryParseName(string name, out long number)
    {
        number = -1;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && NameOf(number) == name;
    }

    /// <summary>The segment that holds an LSN, or would hold it; and the one after it, if there is one.</summary>
    public bool TryFind(long lsn, out SegmentEntry entry, out SegmentEntry? next)
    {
        next = null;
        var begin = Volatile.Read(ref _begin);
        for (var at = Volatile.Read(ref _end) - 1; at >= begin; at--)
        {
            entry = _entries[at % CountMax];
            if (entry.FirstLsn <= lsn)
            {
                return true;
            }

            next = entry;
        }

        entry = default;
        return false;
    }

    public SegmentEntry[] ToArray()
    {
        var begin = Volatile.Read(ref _begin);
        var entries = new SegmentEntry[(int)(Volatile.Read(ref _end) - begin)];
        for (var index = 0; index < entries.Length; index++)
        {
            entries[index] = _entries[(begin + index) % CountMax];
        }

        return entries;
    }

    internal void Add(in SegmentEntry entry)
    {
        Invariant.Holds(!IsFull);

        // The entry stands before the end that shows it.
        _entries[_end % CountMax] = entry;
        Volatile.Write(ref _end, _end + 1);
    }

    internal void RemoveFirst() => Volatile.Write(ref _begin, _begin + 1);

    /// <summary>The oldest segment and the one after it; false if there are not two.</summary>
    internal bool TryGetFirstTwo(out SegmentEntry first, out SegmentEntry second)
    {
        second = default;
        return TryGet(_begin, out first) && TryGet(_begin + 1, out second);
    }

    private bool TryGet(long at, out SegmentEntry entry)
    {
        var exists = at < Volatile.Read(ref _end);
        entry = exists ? _entries[at % CountMax] : default;
        return exists;
    }
}

/// <param name="Number">The file's number.</param>
/// <param name="FirstLsn">The first LSN in it.</param>
/// <param name="PreviousLsn">The last LSN before it; what lies between was never given.</param>
internal readonly record struct SegmentEntry(long Number, long FirstLsn, long PreviousLsn);
