namespace HotPath.Faults.Full;

/// <summary>A file of somebody else's that takes whatever room a filesystem has, until it is removed. One task.</summary>
internal sealed class Ballast(string directory)
{
    private const int LargeBytes = 1 << 20;
    private const int SmallBytes = 4096;

    private readonly string _path = Path.Combine(directory, "ballast");

    /// <summary>Takes what is free now, to less than a page.</summary>
    public void Fill()
    {
        using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var bytes in new[] { LargeBytes, SmallBytes })
        {
            var block = new byte[bytes];
            while (TryWrite(file, block))
            {
            }
        }
    }

    public void Remove() => File.Delete(_path);

    private static bool TryWrite(FileStream file, byte[] block)
    {
        try
        {
            file.Write(block);
            return true;
        }
        catch (IOException)
        {
            // Full; a part of the block may have been written.
            return false;
        }
    }
}
