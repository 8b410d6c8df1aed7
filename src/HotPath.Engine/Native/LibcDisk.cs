using Microsoft.Win32.SafeHandles;

namespace HotPath.Engine.Native;

/// <summary>The real disk, by libc. Any thread may call it.</summary>
internal sealed class LibcDisk : IDisk
{
    private readonly int _openFlags;

    private LibcDisk(string root, int openFlags)
    {
        Root = root;
        _openFlags = openFlags;
    }

    /// <summary>Creates the directory if it is not there.</summary>
    public LibcDisk(string root)
        : this(root, Libc.OpenReadWrite)
    {
        Directory.CreateDirectory(root);
    }

    /// <summary>A directory whose files are only read.</summary>
    public static LibcDisk ReadOnly(string root) => new(root, Libc.OpenReadOnly);

    public string Root { get; }

    public DiskError TryOpen(string name, out IDiskFile file) => Open(name, _openFlags, out file);

    public DiskError TryCreate(string name, out IDiskFile file) =>
        Open(name, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, out file);

    public DiskError TryList(out string[] names)
    {
        names = [.. Directory.EnumerateFiles(Root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        return DiskError.None;
    }

    public DiskError Rename(string name, string newName) => Libc.Rename(PathOf(name), PathOf(newName));

    public DiskError Delete(string name) => Libc.Unlink(PathOf(name));

    public DiskError SyncDirectory() => Libc.SyncDirectory(Root);

    private string PathOf(string name) => Path.Combine(Root, name);

    private DiskError Open(string name, int flags, out IDiskFile file)
    {
        var error = Libc.Open(PathOf(name), flags, out var descriptor);
        file = new LibcFile(descriptor);
        return error;
    }

    private sealed class LibcFile : SafeHandleMinusOneIsInvalid, IDiskFile
    {
        private readonly int _descriptor;

        public LibcFile(int descriptor)
            : base(ownsHandle: true)
        {
            _descriptor = descriptor;
            SetHandle(descriptor);
        }

        public DiskError Write(ReadOnlySpan<byte> bytes, long offset) => Libc.WriteAll(_descriptor, bytes, offset);

        public DiskError Read(Span<byte> into, long offset, out int readBytes) =>
            Libc.Read(_descriptor, into, offset, out readBytes);

        public DiskError Sync() => Libc.SyncData(_descriptor);

        public DiskError Truncate(long lengthBytes) => Libc.Truncate(_descriptor, lengthBytes);

        public DiskError Length(out long lengthBytes) => Libc.Length(_descriptor, out lengthBytes);

        protected override bool ReleaseHandle()
        {
            Libc.Close(_descriptor);
            return true;
        }
    }
}
