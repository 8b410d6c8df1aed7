using HotPath.Engine.Native;

namespace HotPath.Engine.Ledger;

/// <summary>
/// Removes files of the ledger that nobody needs any longer. The low-water mark is durable before anything below it
/// goes. Cold; one thread at a time, beside readers and the writer: the newest file always stays.
/// </summary>
internal static class LedgerRetention
{
    private const string MarkName = "low-water";

    /// <summary>Makes the mark's file while there is room, so that it can be written when there is none.</summary>
    public static void Prepare(IDisk disk)
    {
        if (MarkFile.Read(disk, MarkName) is null)
        {
            MarkFile.Write(disk, MarkName, 0).ThrowIfFailed($"The file {MarkName} cannot be made in {disk.Root}");
        }
    }

    /// <summary>What lay below was removed on purpose.</summary>
    public static long LowWaterLsn(IDisk disk) => MarkFile.Read(disk, MarkName) ?? 0;

    /// <summary>Removes files all of whose records lie below an LSN.</summary>
    public static DiskError RemoveBelow(IDisk disk, long lsn)
    {
        var segments = LedgerSegment.List(disk);
        var count = 0;
        while (count + 1 < segments.Count && segments[count + 1].LsnFirst <= lsn)
        {
            count++;
        }

        if (count == 0)
        {
            return DiskError.None;
        }

        var error = MarkFile.Write(disk, MarkName, segments[count].LsnFirst);
        for (var index = 0; index < count && error.IsNone; index++)
        {
            error = disk.Delete(segments[index].Name);
        }

        return error.IsNone ? disk.SyncDirectory() : error;
    }
}
