namespace HotPath.TestKit;

/// <summary>Where the project's own files are, seen from a test or a benchmark that runs in it.</summary>
public static class Repository
{
    /// <summary>The directory of HotPath.sln. Not from the compiler's paths: those are mapped in deterministic builds.</summary>
    public static string Root { get; } = Find();

    /// <summary>Data of others, beside the project where it is there at all.</summary>
    public static string Shared => Path.GetFullPath(Path.Combine(Root, "..", "shared"));

    public static string InteropTools => Path.Combine(Root, "tools", "interop");

    public static string Combine(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "HotPath.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("This runs outside of the project: no HotPath.sln above it.");
    }
}
