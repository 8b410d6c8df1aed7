using System.Text.Encodings.Web;
using System.Text.Json;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Results;

/// <summary>perf/results: a file for each command, a line for each run, oldest first.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Folder => Path.Combine(Repository.Root, "perf", "results");

    public static string Append(BenchResult result)
    {
        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, $"{result.Command}.jsonl");
        var line = new ResultLine(
            result.Command,
            result.Title,
            result.Args,
            result.TakenAt,
            Machine.Here,
            Math.Round(result.LoadAverageBefore, 2),
            result.Options,
            result.Verified,
            result.Notes,
            [.. result.Figures.Select(ResultLine.Rounded)],
            result.LeftOut);
        File.AppendAllText(path, JsonSerializer.Serialize(line, Format) + "\n");
        return Path.GetRelativePath(Repository.Root, path);
    }

    /// <summary>Every line of every file, by command and then by age.</summary>
    public static IReadOnlyList<ResultLine> ReadAll()
    {
        var lines = new List<ResultLine>();
        Directory.CreateDirectory(Folder);
        foreach (var file in Directory.EnumerateFiles(Folder, "*.jsonl").Order(StringComparer.Ordinal))
        {
            lines.AddRange(File.ReadLines(file).Select(line => JsonSerializer.Deserialize<ResultLine>(line, Format)!));
        }

        return lines;
    }
}
