using HotPath.Benchmarks.Parquet;

switch (args is [var name, ..] ? name : "")
{
    case "parquet-duckdb":
        return ParquetAgainstDuckDb.Run(args.AsSpan(1));
    default:
        Console.Error.WriteLine("usage: HotPath.Benchmarks parquet-duckdb [rows] [rounds]");
        return 2;
}
