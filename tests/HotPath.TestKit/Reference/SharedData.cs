namespace HotPath.TestKit.Reference;

/// <summary>Where the shared recordings are: <c>../shared</c> as seen from the root of the repository.</summary>
public static class SharedData
{
    public static string? Directory { get; } = Find();

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "HotPath.sln")))
            {
                var shared = Path.Combine(at.Parent?.FullName ?? "", "shared");
                return System.IO.Directory.Exists(shared) ? shared : null;
            }
        }

        return null;
    }
}
