using System.Globalization;
using System.Text;

namespace HotPath.Benchmarks.Delta;

/// <summary>The log of a table as large as wanted, without data files: what loading and checkpoints are measured on.</summary>
internal static class MadeLog
{
    private const string Schema =
        """{"type":"struct","fields":[{"name":"n","type":"long","nullable":true,"metadata":{}},{"name":"value","type":"double","nullable":true,"metadata":{}},{"name":"machine","type":"string","nullable":true,"metadata":{}},{"name":"day","type":"date","nullable":true,"metadata":{}}]}""";

    /// <summary>Version 0 makes the table; each commit after it adds files of ten rows with full statistics.</summary>
    public static void Write(string directory, int commits, int filesPerCommit)
    {
        var log = Directory.CreateDirectory(Path.Combine(directory, "_delta_log")).FullName;
        var random = new Random(4);
        using (var first = Commit(log, 0))
        {
            first.Write("""{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}""" + "\n");
            first.Write(
                """{"metaData":{"id":"6ca3020b-3cd9-4048-82e3-1417a0abb98f","format":{"provider":"parquet","options":{}},"schemaString":"""
                + System.Text.Json.JsonSerializer.Serialize(Schema)
                + ""","partitionColumns":["day"],"configuration":{},"createdTime":1790000000000}}""" + "\n");
        }

        for (var version = 1; version <= commits; version++)
        {
            using var commit = Commit(log, version);
            for (var file = 0; file < filesPerCommit; file++)
            {
                Add(commit, random, version, file);
            }
        }
    }

    private static StreamWriter Commit(string log, int version) => new(
        Path.Combine(log, string.Create(CultureInfo.InvariantCulture, $"{version:D20}.json")), append: false, new UTF8Encoding(false), 1 << 16);

    private static void Add(StreamWriter commit, Random random, int version, int file)
    {
        var day = string.Create(CultureInfo.InvariantCulture, $"2026-11-{1 + (version % 28):D2}");
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var n = ((long)version * 1_000_000) + file;
        commit.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"add\":{{\"path\":\"day={day}/part-{new Guid(bytes):D}.parquet\",\"partitionValues\":{{\"day\":\"{day}\"}},\"size\":{1000 + (n % 1000)},"));
        commit.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\"modificationTime\":1790000000000,\"dataChange\":true,\"stats\":\"{{\\\"numRecords\\\":10,\\\"minValues\\\":{{\\\"n\\\":{n},\\\"value\\\":{random.NextDouble()},"));
        commit.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\\\"machine\\\":\\\"machine-{file % 100:D3}\\\"}},\\\"maxValues\\\":{{\\\"n\\\":{n + 9},\\\"value\\\":{1 + random.NextDouble()},\\\"machine\\\":\\\"machine-{file % 100:D3}z\\\"}},"));
        commit.Write("\\\"nullCount\\\":{\\\"n\\\":0,\\\"value\\\":0,\\\"machine\\\":0}}\"}}\n");
    }
}
