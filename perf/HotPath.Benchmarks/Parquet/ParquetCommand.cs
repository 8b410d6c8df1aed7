using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Parquet;

internal sealed class ParquetCommand : IBenchCommand
{
    public string Name => "parquet-duckdb";

    public string Says => "the Parquet writer against DuckDB's COPY, the same rows in turn: [ROWS] [ROUNDS]";

    public int Run(string[] args) => ParquetAgainstDuckDb.Run(args);
}
