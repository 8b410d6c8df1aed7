using HotPath.Delta.Columns;
using HotPath.Delta.Tests.Storage;
using HotPath.TestKit;

namespace HotPath.Delta.Tests.Readme;

/// <summary>Every piece of C# in the library's README compiles, because it stands in this project, and does what it says.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void Every_snippet_of_the_README_is_one_that_compiles()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "src", "HotPath.Delta", "README.md"));
        var source = File.ReadAllText(Path.Combine(
            Repository.Root, "tests", "HotPath.Delta.Tests", "Readme", "ReadmeSnippets.cs"));
        var compiled = Between(source, "\n        // <", "// </")
            .Select(snippet => snippet[(snippet.IndexOf('\n', StringComparison.Ordinal) + 1)..])
            .Select(WithoutIndent)
            .ToList();
        var shown = Between(readme, "```csharp\n", "```").Select(WithoutIndent).ToList();

        Assert.Equal(6, shown.Count);
        Assert.Equal(shown, compiled);
    }

    [Fact]
    public async Task The_first_table_holds_its_rows()
    {
        Assert.Equal(3, await ReadmeSnippets.FirstTableAsync(_directory.Path));

        using var table = await DeltaTable.OpenAsync(_directory.Path);
        var rows = new PartitionRows(
            PartitionValues.Of(("day", new DateOnly(2026, 11, 21))),
            [new ColumnBatch([ColumnVector.Codes(new[] { -1 }, Array.Empty<byte>(), new[] { 0 }), ColumnVector.Doubles(new[] { 30.0 })], 1)]);
        await ReadmeSnippets.ExactlyOnceAsync(table, 1, [rows]);
        await ReadmeSnippets.ExactlyOnceAsync(table, 1, [rows]);

        Assert.Equal(4, table.Snapshot.RowCount);
        Assert.Equal(3, await ReadmeSnippets.RangeAsync(table));
        await ReadmeSnippets.UpkeepAsync(table);
        Assert.Equal(2, ReadmeSnippets.Parquet().AsSpan(0, 4).IndexOf("R1"u8));
    }

    [Fact]
    public async Task A_table_in_an_object_store_is_one_too()
    {
        using var server = new S3StandIn();
        using var table = await ReadmeSnippets.ObjectStoreAsync(server.Endpoint);

        Assert.Equal(0, table.Snapshot.Version);
        Assert.Contains(server.Keys, key => key.StartsWith("tables/numbers/_delta_log/", StringComparison.Ordinal));
    }

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<string> Between(string text, string begin, string end)
    {
        for (var at = text.IndexOf(begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(begin, at, StringComparison.Ordinal))
        {
            var first = at + begin.Length;
            if (text[first - 1] == '<' && text[first] == '/')
            {
                at = first;
                continue;
            }

            at = text.IndexOf(end, first, StringComparison.Ordinal);
            yield return text[first..at];
            at += end.Length;
        }
    }

    private static string WithoutIndent(string snippet)
    {
        var lines = snippet.TrimEnd().Split('\n');
        var indent = lines.Where(static line => line.Trim().Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : line.Trim()));
    }
}
