using System.Text.RegularExpressions;
using HotPath.TestKit;

namespace HotPath.Tests;

/// <summary>What the documents name is there: links, metrics, checks, tests.</summary>
public sealed partial class DocumentsTests
{
    private static readonly string[] s_documents =
    [
        Repository.Combine("README.md"),
        Repository.Combine("BENCHMARKS.md"),
        .. Directory.GetFiles(Repository.Combine("docs"), "*.md"),
        .. Of("src", "README.md"),
        .. Of("tools", "README.md"),
    ];

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var broken =
            from document in s_documents
            from Match link in Link().Matches(File.ReadAllText(document))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal)
            let path = Path.Combine(Path.GetDirectoryName(document)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{document}: {target}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_metric_that_is_named_is_written()
    {
        var written = string.Concat(Of(Path.Combine("src", "HotPath", "Serve"), "*.cs").Select(File.ReadAllText));
        var named = s_documents
            .SelectMany(document => Metric().Matches(File.ReadAllText(document)).Select(match => match.Value))
            .Distinct(StringComparer.Ordinal)
            .ToArray();

        Assert.True(named.Length > 10);
        Assert.All(named, name => Assert.Contains($"\"{name}\"", written, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_test_that_is_named_is_one()
    {
        var tests = Of("tests", "*.cs").Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
        var named = s_documents.SelectMany(document => Test().Matches(File.ReadAllText(document)).Select(match => match.Groups["name"].Value));

        Assert.All(named, name => Assert.Contains(name, tests));
    }

    [Fact]
    public async Task Every_check_has_a_line_in_the_runbook()
    {
        var runbook = await File.ReadAllTextAsync(Repository.Combine("docs", "runbook.md"));
        using var rig = new PipelineRig();
        await using var pipeline = await rig.StartAsync();

        Assert.All(pipeline.View.Checks, check => Assert.Contains($"| `{check.Name}`", runbook, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Of(string directory, string pattern) =>
        Directory.EnumerateFiles(Repository.Combine(directory), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bhotpath_[a-z]+_[a-z_]+\b")]
    private static partial Regex Metric();

    [GeneratedRegex(@"`(?<name>[A-Z][A-Za-z0-9]+Tests)`")]
    private static partial Regex Test();
}
