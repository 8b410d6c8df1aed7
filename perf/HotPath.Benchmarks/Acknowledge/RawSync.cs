using System.Diagnostics;
using HotPath.Engine.Native;

namespace HotPath.Benchmarks.Acknowledge;

/// <summary>
/// What the disk itself takes to make 4 KiB last: overwritten in a file that was written with zeros and synced once, as a
/// segment of the journal is, then fdatasync. One thread.
/// </summary>
internal sealed class RawSync : IDisposable
{
    private const int BlockBytes = 4_096;
    private const int FileBlocks = 4_096;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly IDiskFile _file;
    private int _next;

    public RawSync(string directory)
    {
        var disk = new LibcDisk(directory);
        disk.TryCreate("raw-sync", out _file).ThrowIfFailed("The file cannot be made");
        for (var block = 0; block < FileBlocks; block++)
        {
            _file.Write(_block, (long)block * BlockBytes).ThrowIfFailed("The file cannot be written");
        }

        _file.Sync().ThrowIfFailed("The file cannot be synced");
        Random.Shared.NextBytes(_block);
    }

    /// <summary>Microseconds of each of so many writes with their sync, sorted.</summary>
    public double[] Measure(int count)
    {
        var micros = new double[count];
        for (var index = 0; index < count; index++)
        {
            var start = Stopwatch.GetTimestamp();
            _file.Write(_block, (long)_next * BlockBytes).ThrowIfFailed("The block cannot be written");
            _file.Sync().ThrowIfFailed("The block cannot be synced");
            micros[index] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            _next = (_next + 1) % FileBlocks;
        }

        Array.Sort(micros);
        return micros;
    }

    public void Dispose() => _file.Dispose();
}
