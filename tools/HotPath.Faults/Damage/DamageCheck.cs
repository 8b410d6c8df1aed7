using System.Runtime.InteropServices;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;

namespace HotPath.Faults.Damage;

/// <summary>
/// Opens a damaged journal and reads a range of it: every slot is what it was, what is missing is exactly what the
/// damage covers, and it is said, with its LSNs. One thread.
/// </summary>
internal sealed class DamageCheck(MadeJournal made)
{
    /// <param name="lost">LSNs that the damage covers; first above last: none.</param>
    /// <param name="isTail">The damage is the journal's end, and nothing says that there was more.</param>
    /// <param name="from">The first LSN to read; before the damage.</param>
    /// <param name="to">The last LSN to read; behind the damage.</param>
    /// <returns>What should not have been, in words; null is good.</returns>
    public string? Try((long FirstLsn, long LastLsn) lost, bool isTail, long from, long to)
    {
        using var journal = JournalView.Open(made.Disk);
        var recovery = journal.Recovery;
        var lastLsn = isTail ? lost.FirstLsn - 1 : made.LastLsn;
        if (recovery.LastLsn != lastLsn)
        {
            return $"the journal ends at LSN {recovery.LastLsn} instead of {lastLsn}";
        }

        var missing = (FirstLsn: long.MaxValue, LastLsn: -1L);
        using var reader = journal.NewReader(from);
        for (var read = reader.TryRead(Math.Min(to, lastLsn)); read != JournalRead.End; read = reader.TryRead(Math.Min(to, lastLsn)))
        {
            if (read == JournalRead.Slots)
            {
                // Safe because a slot is 64 bytes without references. Worth it: 100,000 slots are compared for a fault.
                var expected = MemoryMarshal.AsBytes(made.Slots.AsSpan((int)reader.FirstLsn, reader.Slots.Length));
                if (!MemoryMarshal.AsBytes(reader.Slots).SequenceEqual(expected))
                {
                    return $"LSN {reader.FirstLsn} to {reader.LastLsn} are wrong";
                }
            }
            else if (read == JournalRead.Gap)
            {
                return $"LSN {reader.FirstLsn} to {reader.LastLsn} are called a gap";
            }
            else
            {
                missing = (Math.Min(missing.FirstLsn, reader.FirstLsn), Math.Max(missing.LastLsn, reader.LastLsn));
            }
        }

        return isTail || (lost.FirstLsn > lost.LastLsn ? missing.LastLsn < 0 : missing == lost)
            ? null
            : $"LSN {missing.FirstLsn} to {missing.LastLsn} are reported, {lost.FirstLsn} to {lost.LastLsn} are damaged";
    }

    /// <summary>Any fault anywhere: nothing wrong may be read, and what is missing must have been said.</summary>
    public string? TryAnything()
    {
        try
        {
            using var journal = JournalView.Open(made.Disk);
            var recovery = journal.Recovery;
            using var reader = journal.NewReader(recovery.FirstLsn);
            var next = 0L;
            for (var read = reader.TryRead(recovery.LastLsn); read != JournalRead.End; read = reader.TryRead(recovery.LastLsn))
            {
                next = reader.LastLsn + 1;
                if (read == JournalRead.Slots
                    && !MemoryMarshal.AsBytes(reader.Slots).SequenceEqual(
                        MemoryMarshal.AsBytes(made.Slots.AsSpan((int)reader.FirstLsn, reader.Slots.Length))))
                {
                    return $"LSN {reader.FirstLsn} to {reader.LastLsn} are wrong";
                }

                if (read == JournalRead.Gap)
                {
                    return $"LSN {reader.FirstLsn} to {reader.LastLsn} are called a gap";
                }
            }

            // A journal closed in good order says at its end how far it was durable.
            return next == made.LastLsn + 1 || recovery.Damages.Any(damage => damage.LastLsn >= made.LastLsn)
                ? null
                : $"LSN {next} to {made.LastLsn} are gone and nobody says so";
        }
        catch (DiskFaultException)
        {
            // Said, with the file and what to do.
            return null;
        }
    }
}
