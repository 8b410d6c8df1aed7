using HotPath.Engine.Agents;
using HotPath.TestKit;

namespace HotPath.Engine.Tests;

public sealed class HotPathEngineTests
{
    /// <summary>
    /// Cause: parts that were opened before a later one failed were left. Symptom: whoever tried again held their files and
    /// their native memory twice.
    /// </summary>
    [Fact]
    public void Start_that_fails_on_its_way_leaves_no_file_open()
    {
        using var directory = new TemporaryDirectory();
        var options = new EngineOptions { DataDirectory = directory.Path };
        using (HotPathEngine.Open(options, new SystemClock()))
        {
            Assert.NotEmpty(OpenFilesIn(directory.Path));
        }

        Assert.Throws<TimeoutException>(() => HotPathEngine.Open(options, new SystemClock(), _ => throw new TimeoutException()));

        Assert.Empty(OpenFilesIn(directory.Path));
    }

    private static IEnumerable<string> OpenFilesIn(string directory) => Directory.GetFiles("/proc/self/fd")
        .Select(descriptor => new FileInfo(descriptor).LinkTarget)
        .OfType<string>()
        .Where(target => target.StartsWith(directory, StringComparison.Ordinal));
}
