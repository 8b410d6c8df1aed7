using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>Finds the store for a location: a directory, a <c>file:</c> URI, or <c>s3://bucket/prefix</c>.</summary>
public static class TableStores
{
    /// <exception cref="DeltaException">No store understands the location.</exception>
    public static ITableStore At(string location, S3StoreOptions? s3 = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        if (location.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return new LocalStore(new Uri(location).LocalPath);
        }

        foreach (var scheme in (string[])["s3://", "s3a://"])
        {
            if (location.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                var path = location[scheme.Length..].Split('/', 2);
                return new S3Store(path[0], path.Length > 1 ? path[1] : "", s3);
            }
        }

        return location.Contains("://", StringComparison.Ordinal)
            ? throw new DeltaException($"'{location}' is no directory and no s3:// location.")
            : new LocalStore(location);
    }
}
