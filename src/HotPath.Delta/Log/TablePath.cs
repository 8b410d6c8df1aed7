using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>Paths of the log as paths in the table's store.</summary>
internal static class TablePath
{
    /// <summary>
    /// Decoded once. Absolute paths into the table become relative; any other absolute path stays as it is, names a file that
    /// this library does not touch, and is refused by the store.
    /// </summary>
    public static string InStore(ITableStore store, string logPath)
    {
        var path = PathEncoding.Decode(logPath);
        if (path.StartsWith("file:", StringComparison.Ordinal))
        {
            path = "/" + path["file:".Length..].TrimStart('/');
        }

        var root = store.Location + "/";
        return path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path;
    }
}
