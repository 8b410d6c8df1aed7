using System.Diagnostics;
using System.Globalization;
using HotPath.Benchmarks.Results;
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
    private sealed record Case(string Name, ReadingRows.Shape Shape, ParquetCompression Compression, string DuckDbOptions);

    private const double RatioMin = 2;

    private static readonly Case[] Cases =
    [
        new("5 columns, coded, uncompressed", ReadingRows.Shape.Coded, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, coded, snappy", ReadingRows.Shape.Coded, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, coded, snappy, against v2 encodings", ReadingRows.Shape.Coded, ParquetCompression.Snappy, "compression snappy, parquet_version v2"),
        new("5 columns, coded, zstd 1", ReadingRows.Shape.Coded, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("5 columns, coded, lz4_raw", ReadingRows.Shape.Coded, ParquetCompression.Lz4Raw, "compression lz4_raw"),
        new("5 columns, coded, all bits, uncompressed", ReadingRows.Shape.Coded | ReadingRows.Shape.AllBits, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, coded, all bits, snappy", ReadingRows.Shape.Coded | ReadingRows.Shape.AllBits, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, coded, all bits, zstd 1", ReadingRows.Shape.Coded | ReadingRows.Shape.AllBits, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("5 columns, strings, uncompressed", ReadingRows.Shape.Plain, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, strings, snappy", ReadingRows.Shape.Plain, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, strings, zstd 1", ReadingRows.Shape.Plain, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("5 columns, random, uncompressed", ReadingRows.Shape.Random, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("5 columns, random, snappy", ReadingRows.Shape.Random, ParquetCompression.Snappy, "compression snappy"),
        new("5 columns, random, zstd 1", ReadingRows.Shape.Random, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
        new("6 columns, strings, uncompressed", ReadingRows.Shape.UniqueText, ParquetCompression.Uncompressed, "compression uncompressed"),
        new("6 columns, strings, snappy", ReadingRows.Shape.UniqueText, ParquetCompression.Snappy, "compression snappy"),
        new("6 columns, strings, zstd 1", ReadingRows.Shape.UniqueText, ParquetCompression.Zstd, "compression zstd, compression_level 1"),
    ];

    public static int Run(ReadOnlySpan<string> args)
    {
        var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
        var directory = Directory.CreateTempSubdirectory("hotpath-parquet-");
        var result = new BenchResult("parquet-duckdb", "Parquet writer against DuckDB's COPY", [.. args])
        {
            Verified = "DuckDB reads both files and finds equal rows",
            Notes = "One thread each, the same rows in memory, files without fsync on the same file system, runs in turn.",
        };
        result.Option("rows", rows);
        try
        {
            using var peer = new DuckDbPeer();
            foreach (var one in Cases)
            {
                Measure(result, one, peer, rows, rounds, directory.FullName);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        return result.Finish();
    }

    private static void Measure(BenchResult result, Case one, DuckDbPeer peer, int rows, int rounds, string directory)
    {
        var (ours, theirs) = (Path.Combine(directory, "hotpath.parquet"), Path.Combine(directory, "duckdb.parquet"));
        var source = new ReadingRows(rows, one.Shape);
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

        const string Table = "million rows a second";
        var (theirBytes, ourBytes) = (PerRow(theirs, rows), PerRow(ours, rows));
        result.Add(new Figure(Table, one.Name, "DuckDB", "Mrow/s", [.. duckdb]));
        result.Add(new Figure(Table, one.Name, "HotPath", "Mrow/s", [.. hotpath]));
        result.Add(new Figure(Table, one.Name, "ratio", "x", [.. ratios]) { Goal = Goal.AtLeast(RatioMin) });
        result.Add(new Figure(Table, one.Name, "DuckDB file", "B/row", [theirBytes]));
        result.Add(new Figure(Table, one.Name, "HotPath file", "B/row", [ourBytes]) { Goal = Goal.AtMost(theirBytes) });
        result.Add(new Figure(Table, one.Name, "allocated", "B/row", [(double)allocated / rows / rounds]));
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
}
