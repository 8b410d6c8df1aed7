using HotPath.Engine.Native;
using HotPath.TestKit;

namespace HotPath.Engine.Tests.Native;

public sealed class LibcDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LibcDisk _disk;

    public LibcDiskTests()
    {
        _disk = new LibcDisk(_directory.Combine("data"));
    }

    [Fact]
    public void Bytes_that_are_written_are_read()
    {
        Assert.True(_disk.TryCreate("a", out var file).IsNone);
        Assert.True(file.Write([1, 2, 3], 10).IsNone);
        Assert.True(file.Sync().IsNone);
        var bytes = new byte[20];

        Assert.True(file.Read(bytes, 9, out var readBytes).IsNone);

        Assert.Equal(4, readBytes);
        Assert.Equal([0, 1, 2, 3], bytes[..4]);
        Assert.True(file.Length(out var lengthBytes).IsNone);
        Assert.Equal(13, lengthBytes);
        Assert.True(file.Truncate(11).IsNone);
        file.Length(out lengthBytes);
        Assert.Equal(11, lengthBytes);
        file.Dispose();
    }

    [Fact]
    public void Create_refuses_a_file_that_exists_and_open_one_that_does_not()
    {
        _disk.TryCreate("a", out var file);
        file.Dispose();

        Assert.Equal(DiskError.Exists, _disk.TryCreate("a", out _).Number);
        Assert.Equal(DiskError.NoEntry, _disk.TryOpen("b", out _).Number);
    }

    [Fact]
    public void Files_are_renamed_listed_and_deleted()
    {
        _disk.TryCreate("b", out var file);
        file.Dispose();
        Assert.True(_disk.Rename("b", "a").IsNone);
        Assert.True(_disk.SyncDirectory().IsNone);
        _disk.TryList(out var names);
        Assert.Equal(["a"], names);

        Assert.True(_disk.Delete("a").IsNone);
        Assert.Equal(DiskError.NoEntry, _disk.Delete("a").Number);
    }

    [Fact]
    public void Sync_that_fails_is_reported()
    {
        // A character device cannot be synced: EINVAL.
        var error = Libc.Open("/dev/null", Libc.OpenReadWrite, out var descriptor);
        Assert.True(error.IsNone);

        var sync = Libc.SyncData(descriptor);

        Libc.Close(descriptor);
        Assert.False(sync.IsNone);
        Assert.Throws<DiskFaultException>(() => sync.ThrowIfFailed("The device cannot be synced"));
    }

    [Fact]
    public void Full_device_is_told_from_other_errors()
    {
        Assert.True(Libc.Open("/dev/full", Libc.OpenReadWrite, out var descriptor).IsNone);

        var error = Libc.WriteAll(descriptor, [1], 0);

        Libc.Close(descriptor);
        Assert.True(error.IsFull);
        Assert.Contains("errno 28", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Link_gives_a_second_name_only_if_it_is_free()
    {
        _disk.TryCreate("a", out var file);
        file.Dispose();
        var path = Path.Combine(_disk.Root, "a");
        var second = Path.Combine(_disk.Root, "b");

        Assert.True(Libc.Link(path, second).IsNone);
        Assert.Equal(DiskError.Exists, Libc.Link(path, second).Number);
    }

    [Fact]
    public void Lock_is_held_once_and_free_after_release()
    {
        var path = _directory.Combine("lock");
        var first = FileLock.Take(path);

        var fault = Assert.Throws<DiskFaultException>(() => FileLock.Take(path));
        Assert.Contains("Another process", fault.Message, StringComparison.Ordinal);

        first.Dispose();
        FileLock.Take(path).Dispose();
    }

    public void Dispose() => _directory.Dispose();
}
