using System.Globalization;
using HotPath.Engine.Native;

namespace HotPath.Sink;

/// <summary>
/// The one position of a sink, in a small file: every table holds everything up to this LSN. Belongs to the sink's
/// thread. Replaced as a whole (written aside, synced, renamed, directory synced), after the tables' commits.
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
        var path = Path.Combine(directory, _name);
        Lsn = File.Exists(path) ? Read(path) : -1;
    }

    /// <summary>-1 when nothing was ever stored.</summary>
    public long Lsn { get; private set; }

    public void Store(long lsn)
    {
        var temporary = _name + ".tmp";
        _disk.Delete(temporary);
        _disk.TryCreate(temporary, out var file).ThrowIfFailed($"The sink's position cannot be created in {_disk.Root}");
        using (file)
        {
            Span<byte> text = stackalloc byte[24];
            lsn.TryFormat(text, out var bytes, default, CultureInfo.InvariantCulture);
            text[bytes++] = (byte)'\n';
            file.Write(text[..bytes], 0).ThrowIfFailed($"The sink's position cannot be written in {_disk.Root}");
            file.Sync().ThrowIfFailed($"The sink's position cannot be synced in {_disk.Root}");
        }

        _disk.Rename(temporary, _name).ThrowIfFailed($"The sink's position cannot be renamed in {_disk.Root}");
        _disk.SyncDirectory().ThrowIfFailed($"The directory {_disk.Root} cannot be synced");
        Lsn = lsn;
    }

    private static long Read(string path) =>
        long.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var lsn)
            ? lsn
            : throw new InvalidDataException(
                $"The sink's position in {path} is no number. Delete the file: the tables say by themselves what they hold, and " +
                "the journal is read again from its begin.");
}
