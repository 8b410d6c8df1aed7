using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>Finds the store for a location: a directory, a <c>file:</c> URI.</summary>
public static class TableStores
{
    /// <exception cref="DeltaException">No store understands the location.</exception>
    public static ITableStore At(string location)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        if (location.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return new LocalStore(new Uri(location).LocalPath);
        }

        return location.Contains("://", StringComparison.Ordinal)
            ? throw new DeltaException($"'{location}' is no directory and no s3:// location.")
            : new LocalStore(location);
    }
}
