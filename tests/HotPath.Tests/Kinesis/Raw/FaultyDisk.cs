using HotPath.Engine.Native;
using HotPath.TestKit.Disk;

namespace HotPath.Tests.Kinesis.Raw;

/// <summary>A real directory whose writes and syncs a test makes fail. Any thread.</summary>
internal sealed class FaultyDisk(IDisk disk) : IDisk
{
    private volatile Func<DiskOperation, DiskError> _fault = _ => DiskError.None;

    public string Root => disk.Root;

    /// <summary>From now on what it names fails.</summary>
    public void Fail(DiskOperation operation, DiskError error) =>
        _fault = asked => asked == operation ? error : DiskError.None;

    public DiskError TryOpen(string name, out IDiskFile file) => Wrapped(disk.TryOpen(name, out file), ref file);

    public DiskError TryCreate(string name, out IDiskFile file) => Wrapped(disk.TryCreate(name, out file), ref file);

    public DiskError TryList(out string[] names) => disk.TryList(out names);

    public DiskError Rename(string name, string newName) => disk.Rename(name, newName);

    public DiskError Delete(string name) => disk.Delete(name);

    public DiskError SyncDirectory() => disk.SyncDirectory();

    private DiskError Wrapped(DiskError error, ref IDiskFile file)
    {
        file = error.IsNone ? new File(this, file) : file;
        return error;
    }

    private sealed class File(FaultyDisk owner, IDiskFile file) : IDiskFile
    {
        public DiskError Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var fault = owner._fault(DiskOperation.Write);
            return fault.IsNone ? file.Write(bytes, offset) : fault;
        }

        public DiskError Read(Span<byte> into, long offset, out int readBytes) => file.Read(into, offset, out readBytes);

        public DiskError Sync()
        {
            var fault = owner._fault(DiskOperation.Sync);
            return fault.IsNone ? file.Sync() : fault;
        }

        public DiskError Truncate(long lengthBytes) => file.Truncate(lengthBytes);

        public DiskError Length(out long lengthBytes) => file.Length(out lengthBytes);

        public void Dispose() => file.Dispose();
    }
}
