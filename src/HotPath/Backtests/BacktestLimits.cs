namespace HotPath.Backtests;

/// <summary>What a backtest may take of the process: it runs beside the service.</summary>
internal sealed record BacktestLimits
{
    /// <summary>72 bytes each while it runs, and as much again while they are read.</summary>
    public int Readings { get; init; } = 1_000_000;

    /// <summary>Downtimes and transitions on either side.</summary>
    public int Rows { get; init; } = 100_000;

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);
}
