using Microsoft.Win32.SafeHandles;

namespace HotPath.Delta.Storage;

/// <summary>A file of a directory, opened for positional reads. Any thread may read.</summary>
internal sealed class LocalStoreReader : StoreReader
{
    private readonly SafeFileHandle _file;

    public LocalStoreReader(string path)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_file);
    }

    public override long Length { get; }

    public override int Read(long offset, Span<byte> destination) => RandomAccess.Read(_file, destination, offset);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
