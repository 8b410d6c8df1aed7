using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.Faults.Damage;

/// <summary>
/// A directory that is only read, with one file seen through a fault: cut off, or some bytes different. Nothing is
/// copied for a fault. One thread.
/// </summary>
internal sealed class FrozenDisk : IDisk
{
    private static readonly DiskError ReadOnlyFilesystem = new(30);

    private readonly Dictionary<string, byte[]> _files;
    private string? _faultyName;
    private long _cutAt;
    private long _otherAt;
    private byte[] _other = [];

    public FrozenDisk(SimulatedDisk disk)
    {
        _files = disk.FileNames.ToDictionary(name => name, disk.BytesOf);
    }

    public string Root => "frozen";

    public IReadOnlyDictionary<string, byte[]> Files => _files;

    public void Heal() => _faultyName = null;

    public void Cut(string name, long at) => (_faultyName, _cutAt, _other) = (name, at, []);

    public void Change(string name, long at, byte[] bytes) => (_faultyName, _cutAt, _otherAt, _other) = (name, long.MaxValue, at, bytes);

    public DiskError TryOpen(string name, out IDiskFile file)
    {
        file = _files.TryGetValue(name, out var bytes) ? new FrozenFile(this, bytes, name == _faultyName) : null!;
        return bytes is null ? new DiskError(DiskError.NoEntry) : DiskError.None;
    }

    public DiskError TryCreate(string name, out IDiskFile file)
    {
        file = null!;
        return ReadOnlyFilesystem;
    }

    public DiskError TryList(out string[] names)
    {
        names = [.. _files.Keys];
        return DiskError.None;
    }

    public DiskError Rename(string name, string newName) => ReadOnlyFilesystem;

    public DiskError Delete(string name) => ReadOnlyFilesystem;

    public DiskError SyncDirectory() => ReadOnlyFilesystem;

    private sealed class FrozenFile(FrozenDisk disk, byte[] bytes, bool isFaulty) : IDiskFile
    {
        private long LengthBytes => isFaulty ? Math.Min(bytes.Length, disk._cutAt) : bytes.Length;

        public DiskError Read(Span<byte> into, long offset, out int readBytes)
        {
            readBytes = (int)Math.Clamp(LengthBytes - offset, 0, into.Length);
            if (readBytes > 0)
            {
                bytes.AsSpan((int)offset, readBytes).CopyTo(into);
                for (var index = 0; isFaulty && index < disk._other.Length; index++)
                {
                    var at = disk._otherAt + index - offset;
                    if (at >= 0 && at < readBytes)
                    {
                        into[(int)at] = disk._other[index];
                    }
                }
            }

            return DiskError.None;
        }

        public DiskError Length(out long lengthBytes)
        {
            lengthBytes = LengthBytes;
            return DiskError.None;
        }

        public DiskError Write(ReadOnlySpan<byte> from, long offset) => ReadOnlyFilesystem;

        public DiskError Sync() => ReadOnlyFilesystem;

        public DiskError Truncate(long lengthBytes) => ReadOnlyFilesystem;

        public void Dispose()
        {
            // The bytes belong to the disk.
        }
    }
}
