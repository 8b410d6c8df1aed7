using System.Collections.Immutable;

namespace HotPath.Serve.Metrics;

/// <summary>What is read from upstream streams, and what goes out to receivers.</summary>
internal static class KinesisMetrics
{
    public static void Write(MetricsWriter writer, IEngineView engine)
    {
        if (!engine.KinesisSources.IsEmpty)
        {
            Sources(writer, engine.KinesisSources);
        }

        if (engine.RawBytes is { } rawBytes)
        {
            writer.Gauge("hotpath_kinesis_raw_bytes", "What the files of raw records take.");
            writer.Sample(rawBytes);
        }

        if (!engine.Outputs.IsEmpty)
        {
            Outputs(writer, engine.Outputs);
        }
    }

    private static void Outputs(MetricsWriter writer, ImmutableArray<OutputView> outputs)
    {
        Write(writer, outputs, "hotpath_output_position_lsn", "Every row up to here is out.", isCounter: false, output => output.PositionLsn);
        Write(writer, outputs, "hotpath_output_lag_seconds", "How long the oldest row that is not out has been waiting.", isCounter: false, output => output.LagSeconds);
        Write(writer, outputs, "hotpath_output_failing", "1 = nothing goes out at the moment.", isCounter: false, output => output.Problem is null ? 0 : 1);
        Write(writer, outputs, "hotpath_output_sent_total", "Rows delivered.", isCounter: true, output => output.Sent);
        Write(writer, outputs, "hotpath_output_failed_total", "Deliveries of a row that had to be tried again.", isCounter: true, output => output.Failed);
        Write(writer, outputs, "hotpath_output_dead_total", "Rows that will not be taken and are kept as dead letters.", isCounter: true, output => output.Dead);
    }

    private static void Write(
        MetricsWriter writer, ImmutableArray<OutputView> outputs, string name, string help, bool isCounter, Func<OutputView, double> value)
    {
        if (isCounter)
        {
            writer.Counter(name, help);
        }
        else
        {
            writer.Gauge(name, help);
        }

        foreach (var output in outputs)
        {
            writer.Sample(value(output), ("output", output.Name));
        }
    }

    private static void Sources(MetricsWriter writer, ImmutableArray<SourceView> sources)
    {

        Gauge(writer, sources, "hotpath_source_shards", "Shards of an upstream stream that are being read.", source => source.ShardsRead);
        Gauge(writer, sources, "hotpath_source_lag_seconds", "How far behind the end of its shard the last read was.", source => source.MillisBehind / 1e3);
        Gauge(writer, sources, "hotpath_source_failing", "1 = a part of the stream cannot be read at the moment.", source => source.Problem is null ? 0 : 1);
        Counter(writer, sources, "hotpath_source_records_total", "Records taken from upstream.", source => source.Records);
        Counter(writer, sources, "hotpath_source_bytes_total", "Data of records taken from upstream.", source => source.Bytes);
        Counter(writer, sources, "hotpath_source_gaps_total", "Positions that were no longer kept: records behind them are lost.", source => source.Gaps);
        Counter(writer, sources, "hotpath_source_throttled_total", "Calls that the service wanted to come later.", source => source.Throttles);
        Counter(writer, sources, "hotpath_source_expired_iterators_total", "Iterators that had to be asked for again.", source => source.ExpiredIterators);
        Counter(writer, sources, "hotpath_source_faults_total", "Calls that failed otherwise.", source => source.Faults);
        Counter(writer, sources, "hotpath_source_stray_aggregates_total", "Aggregates of another shard, which their producer sends again.", source => source.StrayAggregates);
    }

    private static void Gauge(
        MetricsWriter writer, ImmutableArray<SourceView> sources, string name, string help, Func<SourceView, double> value)
    {
        writer.Gauge(name, help);
        foreach (var source in sources)
        {
            writer.Sample(value(source), ("stream", source.Stream));
        }
    }

    private static void Counter(
        MetricsWriter writer, ImmutableArray<SourceView> sources, string name, string help, Func<SourceView, long> value)
    {
        writer.Counter(name, help);
        foreach (var source in sources)
        {
            writer.Sample(value(source), ("stream", source.Stream));
        }
    }
}
