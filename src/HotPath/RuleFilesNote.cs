using System.Text;
using HotPath.Engine.Native;

namespace HotPath;

/// <summary>
/// Remembers which document was last taken from the rule files, by its SHA-256: files act when they change, so that
/// what was put over HTTP since survives a restart. One small file beside the journal, replaced as a whole (written
/// aside, synced, renamed, directory synced). One caller at a time.
/// </summary>
internal sealed class RuleFilesNote
{
    private const string Name = "rule-files.sha256";

    private readonly LibcDisk _disk;

    public RuleFilesNote(string directory)
    {
        _disk = new LibcDisk(directory);
        var path = Path.Combine(directory, Name);
        Sha256 = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    /// <summary>Null when no file was ever taken here.</summary>
    public string? Sha256 { get; private set; }

    public void Store(string sha256)
    {
        const string Temporary = Name + ".tmp";
        _disk.Delete(Temporary);
        _disk.TryCreate(Temporary, out var file).ThrowIfFailed($"The note of the rule files cannot be created in {_disk.Root}");
        using (file)
        {
            file.Write(Encoding.ASCII.GetBytes(sha256 + "\n"), 0).ThrowIfFailed($"The note of the rule files cannot be written in {_disk.Root}");
            file.Sync().ThrowIfFailed($"The note of the rule files cannot be synced in {_disk.Root}");
        }

        _disk.Rename(Temporary, Name).ThrowIfFailed($"The note of the rule files cannot be renamed in {_disk.Root}");
        _disk.SyncDirectory().ThrowIfFailed($"The directory {_disk.Root} cannot be synced");
        Sha256 = sha256;
    }
}
