using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// What a start keeps of a ledger and where it goes on: from the file of an LSN on the longest valid prefix of whole records up
/// to another. Cold; one thread.
/// </summary>
/// <remarks>
/// What lower LSNs caused was made durable with a snapshot. What is kept of the rest is written again and synced, because an
/// earlier sync may have failed, so that the page cache shows what the disk does not have. What is cut is durably cut,
/// because under policy interval it may be of LSNs that the journal lost and that are given again.
/// </remarks>
internal sealed class LedgerOpening
{
    private readonly IDisk _disk;
    private readonly Guid _instance;

    private LedgerOpening(IDisk disk, Guid instance)
    {
        _disk = disk;
        _instance = instance;
    }

    /// <summary>The file that takes more records, whose owner is the caller; null: the next record makes one.</summary>
    public IDiskFile? File { get; private set; }

    /// <summary>The LSN that the file begins with.</summary>
    public long FileLsnFirst { get; private set; } = -1;

    /// <summary>How long the file is, or the one before the next.</summary>
    public long FileBytes { get; private set; }

    /// <summary>The LSN of the last record that is kept; -1 when there is none.</summary>
    public long LsnLast { get; private set; } = -1;

    /// <summary>Bytes that were cut because they were not whole.</summary>
    public long TornBytes { get; private set; }

    /// <param name="disk">The ledger's directory.</param>
    /// <param name="instance">The journal's.</param>
    /// <param name="lsnFirst">What lower LSNs caused is durable.</param>
    /// <param name="lsnMax">What higher LSNs caused is cut.</param>
    /// <exception cref="LedgerFaultException">A file is of another version of HotPath.</exception>
    /// <exception cref="DiskFaultException">The disk refuses.</exception>
    public static LedgerOpening CutBack(IDisk disk, Guid instance, long lsnFirst, long lsnMax)
    {
        var opening = new LedgerOpening(disk, instance);
        opening.CutBack(lsnFirst, lsnMax);
        return opening;
    }

    private void CutBack(long lsnFirst, long lsnMax)
    {
        var segments = LedgerSegment.List(_disk);
        segments.ForEach(segment => RequireFormat(segment.Name));
        var begin = Math.Max(0, segments.FindLastIndex(segment => segment.LsnFirst <= lsnFirst));
        FileBytes = begin > 0 ? LengthOf(segments[begin - 1].Name) : 0;
        for (var index = begin; index < segments.Count; index++)
        {
            var (durableBytes, validBytes) = ReadOn(segments[index], lsnFirst, lsnMax);
            var name = segments[index].Name;
            var file = Open(name, out var fileBytes);
            if (validBytes == fileBytes && index < segments.Count - 1 && IsFollowed(segments[index + 1], validBytes))
            {
                Keep(file, name, durableBytes, validBytes);
                file.Dispose();
                continue;
            }

            TornBytes += fileBytes - validBytes + segments.Skip(index + 1).Sum(later => LengthOf(later.Name));
            Remove(segments.Skip(index + 1));
            if (validBytes > LedgerSegment.HeaderBytes)
            {
                file.Truncate(validBytes).ThrowIfFailed($"{name} cannot be cut in {_disk.Root}");
                Keep(file, name, durableBytes, validBytes);
                File = file;
                FileLsnFirst = segments[index].LsnFirst;
            }
            else
            {
                // Nothing of it counts; the file before it is full, so the next record makes a new one.
                file.Dispose();
                Remove(segments.Skip(index).Take(1));
            }

            break;
        }

        _disk.SyncDirectory().ThrowIfFailed($"The ledger directory {_disk.Root} cannot be synced");
    }

    /// <summary>A file of another version is not torn: nothing of it is cut.</summary>
    private void RequireFormat(string name)
    {
        using var file = Open(name, out _);
        Span<byte> header = stackalloc byte[LedgerSegment.HeaderBytes];
        file.Read(header, 0, out var headerBytes).ThrowIfFailed($"{name} cannot be read in {_disk.Root}");
        var format = LedgerSegment.FormatOf(header[..headerBytes]);
        if (format is not (0 or LedgerSegment.Format))
        {
            throw new LedgerFaultException(
                $"{name} in {_disk.Root} is of format {format}, and this version reads format {LedgerSegment.Format}. Start the version " +
                "of HotPath that wrote it. Where the journal reaches back to LSN 0 the directory ledger may be moved away instead, and is " +
                "derived again.");
        }
    }

    /// <returns>Where the records of lower LSNs end, and where the last whole record does.</returns>
    private (long DurableBytes, long ValidBytes) ReadOn((long LsnFirst, string Name) segment, long lsnFirst, long lsnMax)
    {
        using var reader = new LedgerReader(_disk, _instance, segment.Name, segment.LsnFirst);
        var durableBytes = 0L;
        while (segment.LsnFirst <= lsnMax && reader.TryRead(lsnMax, out var record))
        {
            LsnLast = LedgerSegment.HeadOf(record).Lsn;
            durableBytes = LsnLast < lsnFirst ? reader.OffsetBytes : durableBytes;
        }

        return (durableBytes, reader.OffsetBytes);
    }

    private void Keep(IDiskFile file, string name, long durableBytes, long validBytes)
    {
        Rewriting.Again(file, durableBytes, validBytes).ThrowIfFailed($"{name} cannot be written again in {_disk.Root}");
        file.Sync().ThrowIfFailed($"{name} cannot be synced in {_disk.Root}");
        FileBytes = validBytes;
    }

    private void Remove(IEnumerable<(long LsnFirst, string Name)> torn)
    {
        foreach (var (_, name) in torn)
        {
            _disk.Delete(name).ThrowIfFailed($"{name} cannot be removed in {_disk.Root}");
        }
    }

    private long LengthOf(string name)
    {
        using var file = Open(name, out var fileBytes);
        return fileBytes;
    }

    /// <summary>
    /// A power cut may take the end of a file that was not synced, at a record's border, and leave the file after it; or
    /// of that one the header, which tells how long this one was.
    /// </summary>
    private bool IsFollowed((long LsnFirst, string Name) next, long bytes)
    {
        using var reader = new LedgerReader(_disk, _instance, next.Name, next.LsnFirst);
        return reader.OffsetBytes > 0 && reader.PreviousBytes == bytes;
    }

    private IDiskFile Open(string name, out long fileBytes)
    {
        _disk.TryOpen(name, out var file).ThrowIfFailed($"{name} cannot be opened in {_disk.Root}");
        file.Length(out fileBytes).ThrowIfFailed($"{name} cannot be read in {_disk.Root}");
        return file;
    }
}
