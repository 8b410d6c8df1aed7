using HotPath.TestKit.Reference;

namespace HotPath.Delta.Tests.Table;

/// <summary>A test on tables of other engines, which lie beside the repository; skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTablesFactAttribute : FactAttribute
{
    public SharedTablesFactAttribute()
    {
        if (SharedTables.Directory is null)
        {
            Skip = "needs the tables of other engines in ../shared/delta-data, which are not here";
        }
    }
}

/// <summary>Where the tables of other engines are.</summary>
internal static class SharedTables
{
    public static string? Directory { get; } =
        SharedData.Directory is { } shared && System.IO.Directory.Exists(Path.Combine(shared, "delta-data"))
            ? Path.Combine(shared, "delta-data")
            : null;
}
