using System.Buffers.Binary;
using System.Diagnostics;
using HotPath.Engine.Journal;
using HotPath.Faults.Campaigns;

namespace HotPath.Faults.Damage;

/// <summary>
/// Journals that are damaged on purpose, in this process and in memory: cut or garbled at every byte of the last MiB, or
/// with one bit turned anywhere.
/// </summary>
/// <param name="number">How many faults were done in earlier rounds, by the faults still wanted.</param>
internal sealed class DamageCampaign(DamageKind kind, Func<long, long> number, int journalSeed, bool isControl)
{
    private const int FaultsPerRound = 1 << 15;
    private const int SegmentCount = 20;
    private const int FindingsMax = 5;

    /// <summary>The control's few faults are to hit more than the mark at the end.</summary>
    private const int ControlStride = 997;

    private readonly MadeJournal _made = new(journalSeed, SegmentCount);

    public Task<CampaignRecord> RunRoundAsync(int seed, long faultsWanted)
    {
        var watch = Stopwatch.StartNew();
        var random = new Random(seed);
        var check = new DamageCheck(_made);
        var findings = new List<string>();
        var first = number(faultsWanted);
        var count = Math.Min(faultsWanted, FaultsPerRound);
        for (var at = first; at < first + count && findings.Count < FindingsMax; at++)
        {
            var (where, problem) = kind switch
            {
                DamageKind.Cut => Cut(check, at),
                DamageKind.Garble => Garble(check, at, (byte)(1 + random.Next(255))),
                _ => Flip(check, random),
            };
            if (problem is not null)
            {
                findings.Add($"{where}: {problem}");
            }
        }

        _made.Disk.Heal();
        return Task.FromResult(new CampaignRecord("", seed, count, findings, new Dictionary<string, double>
        {
            ["seconds"] = watch.Elapsed.TotalSeconds,
        }));
    }

    /// <summary>Offsets are counted from the journal's end back.</summary>
    private (int Segment, long Offset, string Where) Place(long at)
    {
        var (segment, offset) = _made.Find(_made.UsedBytes - 1 - at);
        return (segment, offset, $"byte {offset} of {_made.Segments[segment].Name}");
    }

    private (string Where, string? Problem) Cut(DamageCheck check, long at)
    {
        var (index, offset, where) = Place(at);
        var segment = _made.Segments[index];
        if (offset < SegmentHeader.AreaBytes)
        {
            // A header that is short is a segment that is lost: said as such, or the journal does not open.
            _made.Disk.Cut(segment.Name, offset);
            return ($"cut at {where}", check.TryAnything());
        }

        _made.Disk.Cut(segment.Name, offset);
        var whole = segment.Frames.TakeWhile(frame => frame.CheckedEnd <= offset).LastOrDefault();
        var firstLost = (whole?.LastLsn ?? (segment.Entry.FirstLsn - 1)) + 1;
        var isLast = index == _made.Segments.Count - 1;
        return ($"cut at {where}", check.Try((firstLost, segment.Frames[^1].LastLsn), isLast, FromOf(index), ToOf(index)));
    }

    private (string Where, string? Problem) Garble(DamageCheck check, long at, byte mask)
    {
        var (index, offset, where) = Place(isControl ? at * ControlStride : at);
        var segment = _made.Segments[index];
        var bytes = _made.Disk.Files[segment.Name];
        var frame = segment.Frames.FirstOrDefault(frame => frame.Offset <= offset && offset < frame.CheckedEnd);
        var other = (byte)(bytes[offset] ^ mask);
        if (isControl && frame is not null && offset >= frame.Offset + FrameHeader.SizeBytes)
        {
            ChangeWithChecksum(segment, frame, bytes, offset, other);
        }
        else
        {
            _made.Disk.Change(segment.Name, offset, [other]);
        }

        // In the header, of which there are two, and between frames nothing is lost; nor with a mark.
        var lost = frame is null ? (0L, -1L) : (frame.FirstLsn, frame.LastLsn);
        return ($"{where} garbled by {mask:x2}", check.Try(lost, isTail: false, FromOf(index), ToOf(index)));
    }

    private (string Where, string? Problem) Flip(DamageCheck check, Random random)
    {
        var names = _made.Disk.Files.Keys.Order(StringComparer.Ordinal).ToArray();
        var name = names[random.Next(names.Length)];
        var bytes = _made.Disk.Files[name];
        var bit = random.NextInt64(bytes.Length * 8L);
        _made.Disk.Change(name, bit / 8, [(byte)(bytes[bit / 8] ^ (1 << (int)(bit % 8)))]);
        return ($"bit {bit} of {name} turned", check.TryAnything());
    }

    /// <summary>The negative control: a wrong frame that its checksum vouches for.</summary>
    private void ChangeWithChecksum(MadeSegment segment, MadeFrame frame, byte[] bytes, long offset, byte other)
    {
        var changed = bytes[(int)frame.Offset..(int)frame.CheckedEnd];
        changed[offset - frame.Offset] = other;
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4), FrameHeader.ChecksumOf(changed, segment.Salt));
        _made.Disk.Change(segment.Name, frame.Offset, changed);
    }

    /// <summary>Only the neighbours of the damaged segment are read: the others do not depend on it.</summary>
    private long FromOf(int segment) => _made.Segments[Math.Max(0, segment - 1)].Frames[^1].LastLsn;

    private long ToOf(int segment) =>
        segment + 1 < _made.Segments.Count ? _made.Segments[segment + 1].Frames[0].LastLsn : _made.LastLsn;
}

internal enum DamageKind
{
    Cut,
    Garble,
    Bits,
}
