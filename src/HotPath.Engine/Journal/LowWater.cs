using HotPath.Engine.Native;

namespace HotPath.Engine.Journal;

/// <summary>
/// The file that says from which LSN on journal or ledger is kept. It is durable before anything below it goes, so that a
/// half-finished removal is not taken for a loss. Cold; one thread at a time.
/// </summary>
internal static class LowWater
{
    private const string FileName = "low-water";

    /// <summary>The mark, or 0 when none was set.</summary>
    public static long Read(IDisk disk) => MarkFile.Read(disk, FileName) ?? 0;

    public static DiskError Write(IDisk disk, long lsn) => MarkFile.Write(disk, FileName, lsn);

    /// <summary>Makes the file while there is room, so that it can be written when there is none.</summary>
    public static void Prepare(IDisk disk)
    {
        if (MarkFile.Read(disk, FileName) is null)
        {
            MarkFile.Write(disk, FileName, 0).ThrowIfFailed($"The file {FileName} cannot be made in {disk.Root}");
        }
    }
}
