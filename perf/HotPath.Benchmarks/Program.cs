using HotPath.Benchmarks.Decode;
using HotPath.Benchmarks.Parquet;

switch (args is [var name, ..] ? name : "")
{
    case "decode":
        return DecodeRun.Run(args[1..]);
    case "parquet-duckdb":
        return ParquetAgainstDuckDb.Run(args.AsSpan(1));
    default:
        Console.Error.WriteLine("usage: HotPath.Benchmarks decode [part of a name...]");
        Console.Error.WriteLine("usage: HotPath.Benchmarks parquet-duckdb [rows] [rounds]");
        return 2;
}
