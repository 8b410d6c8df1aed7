using System.Diagnostics;
using System.Globalization;
using HotPath.Delta.Parquet;

namespace HotPath.Benchmarks.Parquet;

/// <summary>
/// HotPath's Parquet writer against DuckDB's COPY: the same rows in memory, one thread each, files on the same file
/// system without fsync, runs in turn. What was written is read back by DuckDB and must hold equal rows before a number counts.
/// </summary>
/// <remarks>
/// Topology: rows in memory -> writer -> file. The ceiling is memcpy of the raw rows (38 bytes, or 74 with the text).
/// Usage: <c>parquet-duckdb [rows] [rounds]</c>.
/// </remarks>
internal static class ParquetAgainstDuckDb
{
    private sealed record Case(string Name, bool IsCoded, bool IsRounded, bool HasUniqueText, ParquetCompression Compression, string DuckDbOptions);

    private static readonly Case[] Cases =
    [
        new("5 columns, coded, uncompressed", true, true, false, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, coded, snappy", true, true, false, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, coded, snappy, against v2 encodings", true, true, false, ParquetCompression.Snappy, "compression snappy, parquet_version v2"),
        new("5 columns, coded, zstd 1", true, true, false, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("5 columns, coded, lz4_raw", true, true, false, ParquetCompression.Lz4Raw, "compression lz4_raw"),
        new("5 columns, coded, all bits, uncompressed", true, false, false, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, coded, all bits, snappy", true, false, false, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, coded, all bits, zstd 1", true, false, false, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("5 columns, strings, uncompressed", false, true, false, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, strings, snappy", false, true, false, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, strings, zstd 1", false, true, false, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("6 columns, strings, uncompressed", false, true, true, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("6 columns, strings, snappy", false, true, true, ParquetCompression.Snappy, "compression snappy"),
        new("6 columns, strings, zstd 1", false, true, true, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
    ];

    public static int Run(ReadOnlySpan<string> args)
    {
        var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
        var directory = Directory.CreateTempSubdirectory("hotpath-parquet-");
        Console.WriteLine($"{rows} rows, {rounds} rounds in turn after a warm-up; medians");
        Console.WriteLine($"{"case",-48} {"DuckDB",8} {"HotPath",8} {"ratio",6}  {"DuckDB",7} {"HotPath",7}  {"allocated",9}");
        Console.WriteLine($"{"",-48} {"Mrow/s",8} {"Mrow/s",8} {"",6}  {"B/row",7} {"B/row",7}  {"B/row",9}");
        try
        {
            using var peer = new DuckDbPeer();
            foreach (var one in Cases)
            {
                Measure(one, peer, rows, rounds, directory.FullName);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        return 0;
    }

    private static void Measure(Case one, DuckDbPeer peer, int rows, int rounds, string directory)
    {
        var (ours, theirs) = (Path.Combine(directory, "hotpath.parquet"), Path.Combine(directory, "duckdb.parquet"));
        var source = new ReadingRows(rows, one.IsCoded, one.IsRounded, one.HasUniqueText);
        using var writer = new ParquetWriter(
            Stream.Null, source.Columns, new ParquetWriterOptions { Compression = one.Compression, CompressionLevel = 1 });
        for (var i = 0; i < 3; i++)
        {
            WriteSeconds(writer, source, ours);
        }

        peer.Load(ours);
        peer.CopySeconds(theirs, one.DuckDbOptions);
        RequireEqual(peer.Digest(ours), peer.Digest(theirs), one);

        var (hotpath, duckdb, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var allocated = 0L;
        for (var round = 0; round < rounds; round++)
        {
            duckdb.Add(rows / peer.CopySeconds(theirs, one.DuckDbOptions) / 1e6);
            before = GC.GetAllocatedBytesForCurrentThread();
            hotpath.Add(rows / WriteSeconds(writer, source, ours) / 1e6);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            ratios.Add(hotpath[^1] / duckdb[^1]);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name,-48} {Median(duckdb),8:F2} {Median(hotpath),8:F2} {Median(ratios),6:F2}  "
            + $"{PerRow(theirs, rows),7:F2} {PerRow(ours, rows),7:F2}  {(double)allocated / rows / rounds,9:F4}"));
    }

    private static double WriteSeconds(ParquetWriter writer, ReadingRows source, string file)
    {
        var start = Stopwatch.GetTimestamp();
        using (var output = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            writer.Reset(output);
            writer.Write(source.Batch);
            writer.Close();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void RequireEqual(string ours, string theirs, Case one)
    {
        if (ours != theirs)
        {
            throw new InvalidOperationException($"{one.Name}: the files hold different rows: {ours} and {theirs}.");
        }
    }

    private static double PerRow(string file, int rows) => (double)new FileInfo(file).Length / rows;

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[values.Count / 2] + values[values.Count / 2 - 1]) / 2;
    }
}
