using HotPath.Engine.Native;

namespace HotPath.TestKit.Disk;

/// <summary>
/// A directory in memory that behaves like the worst disk we accept. One thread at a time.
/// </summary>
/// <remarks>
/// What is written is visible at once and durable only by a sync. A power cut keeps or loses each unsynced sector of
/// 512 bytes by itself, keeps some first part of the unsynced changes of the directory, and never tears a sector. A
/// failed sync marks its sectors clean without writing them, as Linux does: a second sync succeeds and the data is
/// gone at the next cut. A full disk refuses growth and may have written a part before.
/// </remarks>
internal sealed class SimulatedDisk : IDisk
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, SimulatedFile> _names = [];
    private readonly Dictionary<string, SimulatedFile> _durableNames = [];
    private readonly List<Action> _unsyncedChanges = [];

    public string Root => "simulated";

    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Asked before each operation; an error stands for its failure.</summary>
    public Func<DiskOperation, string, DiskError> Fault { get; set; } = (_, _) => DiskError.None;

    /// <summary>Syncs report success and do nothing: the negative control of every test with power cuts.</summary>
    public bool LiesAboutSyncs { get; set; }

    public int SyncCount { get; private set; }

    public int WriteCount { get; private set; }

    public IEnumerable<string> FileNames => _names.Keys.Order(StringComparer.Ordinal);

    public long UsedBytes => _names.Values.Distinct().Sum(file => (long)file.Current.Length);

    /// <summary>The bytes of a file, to look at or to damage.</summary>
    public byte[] BytesOf(string name) => _names[name].Current;

    public void Replace(string name, byte[] bytes)
    {
        _names[name].Current = bytes;
        _names[name].Durable = [.. bytes];
    }

    /// <summary>A file put there from outside, durable.</summary>
    public void Add(string name, byte[] bytes)
    {
        _names[name] = _durableNames[name] = new SimulatedFile(this, name);
        Replace(name, bytes);
    }

    /// <summary>Whether a power cut leaves the name.</summary>
    public bool IsDurable(string name) => _durableNames.ContainsKey(name);

    public void Remove(string name)
    {
        _names.Remove(name);
        _durableNames.Remove(name);
    }

    /// <summary>A disk with the same content, all of it durable.</summary>
    public SimulatedDisk Copy()
    {
        var copy = new SimulatedDisk();
        foreach (var (name, file) in _names)
        {
            var twin = new SimulatedFile(copy, name) { Current = [.. file.Current], Durable = [.. file.Current] };
            copy._names[name] = twin;
            copy._durableNames[name] = twin;
        }

        return copy;
    }

    /// <summary>What a process would find after a power cut now.</summary>
    public SimulatedDisk AfterPowerCut(Random random)
    {
        var survivor = new SimulatedDisk();
        var names = new Dictionary<string, SimulatedFile>(_names);
        var kept = random.Next(_unsyncedChanges.Count + 1);
        if (kept < _unsyncedChanges.Count)
        {
            names = new Dictionary<string, SimulatedFile>(_durableNames);
            _replayed = names;
            _unsyncedChanges.Take(kept).ToList().ForEach(change => change());
            _replayed = null;
        }

        foreach (var (name, file) in names)
        {
            var bytes = file.AfterPowerCut(random);
            survivor._names[name] = survivor._durableNames[name] =
                new SimulatedFile(survivor, name) { Current = bytes, Durable = [.. bytes] };
        }

        return survivor;
    }

    private Dictionary<string, SimulatedFile>? _replayed;

    public DiskError TryOpen(string name, out IDiskFile file)
    {
        file = _names.GetValueOrDefault(name)!;
        return file is null ? new DiskError(DiskError.NoEntry) : Fault(DiskOperation.Open, name);
    }

    public DiskError TryCreate(string name, out IDiskFile file)
    {
        file = null!;
        var error = _names.ContainsKey(name) ? new DiskError(DiskError.Exists) : Fault(DiskOperation.Create, name);
        if (error.IsNone)
        {
            var created = new SimulatedFile(this, name);
            file = created;
            Change(names => names[name] = created);
        }

        return error;
    }

    public DiskError TryList(out string[] names)
    {
        names = [.. FileNames];
        return DiskError.None;
    }

    public DiskError Rename(string name, string newName)
    {
        var error = _names.ContainsKey(name) ? Fault(DiskOperation.Rename, name) : new DiskError(DiskError.NoEntry);
        if (error.IsNone)
        {
            Change(names =>
            {
                if (names.Remove(name, out var file))
                {
                    names[newName] = file;
                    file.Name = newName;
                }
            });
        }

        return error;
    }

    public DiskError Delete(string name)
    {
        var error = _names.ContainsKey(name) ? Fault(DiskOperation.Delete, name) : new DiskError(DiskError.NoEntry);
        if (error.IsNone)
        {
            Change(names => names.Remove(name));
        }

        return error;
    }

    public DiskError SyncDirectory()
    {
        var error = Fault(DiskOperation.SyncDirectory, Root);
        if (error.IsNone)
        {
            _durableNames.Clear();
            foreach (var (name, file) in _names)
            {
                _durableNames[name] = file;
            }

            _unsyncedChanges.Clear();
        }

        return error;
    }

    private void Change(Action<Dictionary<string, SimulatedFile>> change)
    {
        change(_names);
        _unsyncedChanges.Add(() => change(_replayed!));
    }

    private sealed class SimulatedFile(SimulatedDisk disk, string name) : IDiskFile
    {
        public string Name { get; set; } = name;

        private readonly HashSet<int> _dirtySectors = [];

        public byte[] Current { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public DiskError Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.WriteCount++;
            var error = disk.Fault(DiskOperation.Write, Name);
            var grownBytes = Math.Max(0, offset + bytes.Length - Current.Length);
            if (error.IsNone && disk.UsedBytes + grownBytes > disk.CapacityBytes)
            {
                error = new DiskError(DiskError.NoSpace);
            }

            // An error leaves a part of the bytes behind.
            Put(error.IsNone ? bytes : bytes[..Math.Min(bytes.Length / 2, (int)Math.Max(0, Current.Length - offset))], offset);
            return error;
        }

        public DiskError Read(Span<byte> into, long offset, out int readBytes)
        {
            readBytes = (int)Math.Clamp(Current.Length - offset, 0, into.Length);
            Current.AsSpan((int)Math.Min(offset, Current.Length), readBytes).CopyTo(into);
            return disk.Fault(DiskOperation.Read, Name);
        }

        public DiskError Sync()
        {
            disk.SyncCount++;
            var error = disk.Fault(DiskOperation.Sync, Name);
            if (disk.LiesAboutSyncs)
            {
                return error;
            }

            if (error.IsNone)
            {
                var durable = Durable;
                Array.Resize(ref durable, Current.Length);
                foreach (var sector in _dirtySectors)
                {
                    CopySector(Current, durable, sector);
                }

                Durable = durable;
            }

            _dirtySectors.Clear();
            return error;
        }

        public DiskError Truncate(long lengthBytes)
        {
            var error = disk.Fault(DiskOperation.Truncate, Name);
            if (error.IsNone)
            {
                Current = Current[..(int)lengthBytes];
            }

            return error;
        }

        public DiskError Length(out long lengthBytes)
        {
            lengthBytes = Current.Length;
            return DiskError.None;
        }

        public void Dispose()
        {
            // The bytes belong to the disk.
        }

        public byte[] AfterPowerCut(Random random)
        {
            var bytes = new byte[_dirtySectors.Count > 0 && random.Next(2) == 0 ? Current.Length : Durable.Length];
            Durable.AsSpan(0, Math.Min(bytes.Length, Durable.Length)).CopyTo(bytes);
            foreach (var sector in _dirtySectors)
            {
                if (random.Next(2) == 0)
                {
                    CopySector(Current, bytes, sector);
                }
            }

            return bytes;
        }

        private static void CopySector(byte[] from, byte[] to, int sector)
        {
            var at = sector * SectorBytes;
            var count = Math.Min(SectorBytes, Math.Min(from.Length, to.Length) - at);
            if (count > 0)
            {
                from.AsSpan(at, count).CopyTo(to.AsSpan(at));
            }
        }

        private void Put(ReadOnlySpan<byte> bytes, long offset)
        {
            if (bytes.IsEmpty)
            {
                return;
            }

            if (offset + bytes.Length > Current.Length)
            {
                var current = Current;
                Array.Resize(ref current, (int)(offset + bytes.Length));
                Current = current;
            }

            bytes.CopyTo(Current.AsSpan((int)offset));
            for (var sector = offset / SectorBytes; sector <= (offset + bytes.Length - 1) / SectorBytes; sector++)
            {
                _dirtySectors.Add((int)sector);
            }
        }
    }
}

internal enum DiskOperation
{
    Open,
    Create,
    Read,
    Write,
    Sync,
    Truncate,
    Rename,
    Delete,
    SyncDirectory,
}
