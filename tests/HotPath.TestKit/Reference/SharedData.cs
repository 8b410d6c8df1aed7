namespace HotPath.TestKit.Reference;

/// <summary>The shared recordings, where they are beside the project.</summary>
public static class SharedData
{
    public static string? Directory { get; } = System.IO.Directory.Exists(Repository.Shared) ? Repository.Shared : null;
}
