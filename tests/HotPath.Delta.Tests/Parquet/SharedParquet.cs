using HotPath.TestKit;

namespace HotPath.Delta.Tests.Parquet;

/// <summary>The files of the format's own test collection, which lie beside the repository where they are at all.</summary>
internal static class SharedParquet
{
    private static readonly string Directory = Path.Combine(Repository.Shared, "delta-data", "parquet-testing");

    public static bool IsThere => System.IO.Directory.Exists(Directory);

    /// <summary>Paths below the collection, as <c>data/binary.parquet</c>.</summary>
    public static TheoryData<string> Files(string folder)
    {
        var files = new TheoryData<string>();
        if (IsThere)
        {
            files.AddRange([.. System.IO.Directory.EnumerateFiles(Path.Combine(Directory, folder), "*.parquet")
                .Select(path => Path.GetRelativePath(Directory, path)).Order(StringComparer.Ordinal)]);
        }
        else
        {
            files.Add("absent");
        }

        return files;
    }

    public static string PathOf(string file) => Path.Combine(Directory, file);

    public static byte[] Bytes(string file) => File.ReadAllBytes(PathOf(file));
}

/// <summary>A theory over files of the format's own test collection.</summary>
internal sealed class SharedParquetTheoryAttribute : TheoryAttribute
{
    public SharedParquetTheoryAttribute()
    {
        if (!SharedParquet.IsThere)
        {
            Skip = "The Parquet test collection is not beside the repository (../shared/delta-data/parquet-testing).";
        }
    }
}
