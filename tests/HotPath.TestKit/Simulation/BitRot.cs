using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.TestKit.Simulation;

/// <summary>One bit of a journal turned: it must be noticed, or not matter; never a wrong slot, never a crash.</summary>
internal static class BitRot
{
    /// <returns>What should not have been, in words; null is good.</returns>
    public static string? Try(SimulatedDisk journal, JournalReplay truth, Random random)
    {
        var rotten = journal.Copy();
        var names = rotten.FileNames.Where(name => rotten.BytesOf(name).Length > 0).ToArray();
        var name = names[random.Next(names.Length)];
        var bytes = rotten.BytesOf(name);
        var bit = random.NextInt64(bytes.Length * 8L);
        bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        JournalReplay replay;
        try
        {
            replay = new JournalReplay(rotten);
        }
        catch (DiskFaultException)
        {
            // Said, with the file and what to do.
            return null;
        }

        var where = $"bit {bit} of {name} turned";
        foreach (var (lsn, text) in replay.Texts)
        {
            if (truth.Texts.GetValueOrDefault(lsn) != text)
            {
                return $"{where}: LSN {lsn} reads {text}, it was {truth.Texts.GetValueOrDefault(lsn) ?? "never given"}";
            }
        }

        foreach (var lsn in truth.Texts.Keys.Where(lsn => !replay.Texts.ContainsKey(lsn)))
        {
            var isReported = replay.Damages.Concat(replay.Recovery.Damages.Select(damage => (damage.FirstLsn, damage.LastLsn)))
                .Any(damage => damage.Item1 <= lsn && lsn <= damage.Item2);
            var isTail = lsn > replay.Recovery.LastLsn && lsn > replay.Recovery.DurableLsnKnown;
            if (!isReported && !isTail)
            {
                return $"{where}: LSN {lsn} is gone and nobody says so";
            }
        }

        return null;
    }
}
