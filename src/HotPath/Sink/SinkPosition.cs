using HotPath.Engine.Native;

namespace HotPath.Sink;

/// <summary>
/// The one position of a sink, in a small file: every table holds everything up to this LSN. Belongs to the sink's
/// thread. Replaced in place, so that it can be stored on a full disk too: it is what lets the journal make room.
/// </summary>
internal sealed class SinkPosition
{
    private readonly LibcDisk _disk;
    private readonly string _name;

    /// <param name="directory">Is created when absent.</param>
    /// <param name="name">The sink's name, e.g. <c>delta</c>.</param>
    /// <param name="instance">The journal it follows: a position in another journal means nothing.</param>
    public SinkPosition(string directory, string name, Guid instance)
    {
        Directory.CreateDirectory(directory);
        _disk = new LibcDisk(directory);
        _name = $"{name}-{instance}.position";
        if (MarkFile.Read(_disk, _name) is { } lsn)
        {
            Lsn = lsn;
        }
        else
        {
            IsNew = true;
        }
    }

    /// <summary>No table was ever open for this journal.</summary>
    public bool IsNew { get; private set; }

    /// <summary>-1 when nothing was ever stored.</summary>
    public long Lsn { get; private set; }

    /// <summary>The tables are open: from now on they exist. The file is made while there is room.</summary>
    public void Begin()
    {
        if (IsNew)
        {
            Store(-1);
        }
    }

    /// <exception cref="DiskFaultException">It may or may not be durable.</exception>
    public void Store(long lsn)
    {
        MarkFile.Write(_disk, _name, lsn).ThrowIfFailed($"The sink's position cannot be stored in {_disk.Root}");
        Lsn = lsn;
        IsNew = false;
    }
}
