namespace HotPath.Delta.Tests;

/// <summary>A directory of its own for one test, gone when the test is over.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hotpath-delta-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
