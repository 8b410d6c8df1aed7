using System.Buffers;
using System.Text;
using HotPath.Engine.Agents;
using HotPath.Serve;
using HotPath.Serve.Metrics;

namespace HotPath.Tests.Serve;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_catalogue_is_what_it_was()
    {
        var plant = new FakePlant()
            .Transition("filler-1", "ACTIVE", "STOPPED", at: 1)
            .Downtime("filler-1", "STOPPED", start: 1, end: null);
        await using var serve = await ServeFixture.StartAsync(plant);

        var text = await serve.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));

        // Of the process itself only the names are the same everywhere.
        var ours = string.Join('\n', text.Split('\n').Where(line => line.StartsWith("hotpath_", StringComparison.Ordinal)));
        Assert.Equal(Golden, ours);
        foreach (var name in (string[])["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "dotnet_gc_collections_total{generation=\"2\"}", "dotnet_gc_pause_seconds_total"])
        {
            Assert.Contains("\n" + name + " ", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_family_has_help_and_type_and_stands_once()
    {
        await using var serve = await ServeFixture.StartAsync();

        var lines = (await serve.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        var typed = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToArray();
        var helped = lines.Where(line => line.StartsWith("# HELP ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]);
        Assert.Equal(typed, helped);
        Assert.Equal(typed.Length, typed.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(lines, line => line.Contains("equipment=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_asks_for_OpenMetrics_gets_it()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        request.Headers.TryAddWithoutValidation(
            "Accept", "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");

        using var response = await serve.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "# TYPE hotpath_received_bytes counter\n# UNIT hotpath_received_bytes bytes\nhotpath_received_bytes_total{",
            text, StringComparison.Ordinal);
        Assert.Contains("# TYPE hotpath_build info\nhotpath_build_info{version=\"0.1.0-test\"} 1\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("*/*")]
    [InlineData("application/openmetrics-text;version=0.0.1")]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0")]
    public async Task Who_does_not_gets_text(string accept)
    {
        await using var serve = await ServeFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await serve.Client.SendAsync(request);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public void Labels_are_escaped_and_numbers_are_exact()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MetricsWriter(buffer, isOpenMetrics: false);

        writer.Gauge("x_ratio", "Odd things.");
        writer.Sample(0.1, ("name", "a\\b\"c\nd ü"));
        writer.Sample(9_007_199_254_740_991, ("name", "large"));
        writer.Sample(double.NaN);
        writer.Sample(-0.5);

        Assert.Equal(
            "# HELP x_ratio Odd things.\n# TYPE x_ratio gauge\nx_ratio{name=\"a\\\\b\\\"c\\nd ü\"} 0.1\nx_ratio{name=\"large\"} 9007199254740991\nx_ratio NaN\nx_ratio -0.5\n",
            Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void A_duration_is_counted_in_the_first_bucket_that_holds_it()
    {
        var histogram = new DurationHistogram();
        histogram.Record(1_000);
        histogram.Record(2_000_000);
        histogram.Record(60_000_000_000);
        histogram.Record(-5);

        var view = HistogramView.Of(histogram, new DurationHistogram());

        Assert.Equal(2, view.Counts[0]);
        Assert.Equal(1, view.Counts[DurationHistogram.UpperSeconds.ToList().IndexOf(2.5e-3)]);
        Assert.Equal(1, view.Counts[^1]);
        Assert.Equal(60.002001, view.SumSeconds, 6);
    }

    private const string Golden =
        """
        hotpath_build_info{version="0.1.0-test"} 1
        hotpath_readings_received_total 1010
        hotpath_readings_accepted_total 1000
        hotpath_readings_rejected_total{reason="malformed"} 7
        hotpath_readings_rejected_total{reason="unknown_encoding"} 3
        hotpath_readings_rejected_total{reason="missing_member"} 0
        hotpath_readings_rejected_total{reason="duplicate_member"} 0
        hotpath_readings_rejected_total{reason="wrong_type"} 0
        hotpath_readings_rejected_total{reason="number_range"} 0
        hotpath_readings_rejected_total{reason="time_range"} 0
        hotpath_readings_rejected_total{reason="too_long"} 0
        hotpath_readings_rejected_total{reason="too_large"} 0
        hotpath_readings_rejected_total{reason="invalid_utf8"} 0
        hotpath_readings_rejected_total{reason="name_limit"} 0
        hotpath_readings_rejected_total{reason="value_limit"} 0
        hotpath_readings_rejected_total{reason="checksum_mismatch"} 0
        hotpath_readings_rejected_total{reason="decompression"} 0
        hotpath_readings_stored_total 990
        hotpath_late_readings_total 4
        hotpath_duplicate_readings_total 8
        hotpath_future_readings_total 2
        hotpath_readings_lost_total{reason="kernel"} 1
        hotpath_readings_lost_total{reason="network"} 0
        hotpath_readings_recovered_total 0
        hotpath_datagrams_received_total{listener="udp:127.0.0.1:9999"} 120
        hotpath_datagrams_received_total{listener="kinesis:127.0.0.1:4568"} 4
        hotpath_received_bytes_total{listener="udp:127.0.0.1:9999"} 48000
        hotpath_received_bytes_total{listener="kinesis:127.0.0.1:4568"} 9000
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="kernel"} 1
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="ring_full"} 0
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="malformed"} 2
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="oversized"} 0
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="not_allowed"} 0
        hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="unauthenticated"} 3
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="kernel"} 0
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="ring_full"} 0
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="malformed"} 0
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="oversized"} 0
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="not_allowed"} 0
        hotpath_datagrams_dropped_total{listener="kinesis:127.0.0.1:4568",reason="unauthenticated"} 0
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="received"} 100
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="duplicate"} 5
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="reordered"} 4
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="lost"} 3
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="recovered"} 2
        hotpath_frames_total{listener="udp:127.0.0.1:9999",outcome="too_old"} 1
        hotpath_records_accepted_total{source="udp:127.0.0.1:9999"} 900
        hotpath_records_accepted_total{source="kinesis:127.0.0.1:4568"} 110
        hotpath_ring_slots 65536
        hotpath_ring_published_lsn 1040
        hotpath_ring_depth_ratio{shard="0"} 0.25
        hotpath_ring_depth_ratio{shard="1"} 0
        hotpath_shard_position_lsn{shard="0"} 1038
        hotpath_shard_position_lsn{shard="1"} 1040
        hotpath_watermark_lag_seconds{shard="0"} 1.5
        hotpath_waiting_readings{shard="0"} 12
        hotpath_waiting_readings{shard="1"} 0
        hotpath_watermarks_forced_total{shard="0"} 0
        hotpath_watermarks_forced_total{shard="1"} 1
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="1e-06"} 5
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="5e-06"} 9
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="1e-05"} 12
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="5e-05"} 14
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.0001"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.00025"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.0005"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.001"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.0025"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.005"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.01"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.025"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.05"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.1"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="0.5"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="1"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="10"} 15
        hotpath_rule_eval_duration_seconds_bucket{shard="0",le="+Inf"} 15
        hotpath_rule_eval_duration_seconds_sum{shard="0"} 0.0005
        hotpath_rule_eval_duration_seconds_count{shard="0"} 15
        hotpath_journal_written_lsn 1040
        hotpath_journal_durable_lsn 1038
        hotpath_journal_failed 0
        hotpath_journal_bytes 134217728
        hotpath_journal_syncs_total 77
        hotpath_ledger_lsn 1030
        hotpath_delta_position_lsn 900
        hotpath_delta_lag_seconds 3.5
        hotpath_delta_conflicts_total 1
        hotpath_delta_unreadable_slots_total 0
        hotpath_delta_rows_total{table="readings"} 880
        hotpath_delta_rows_total{table="transitions"} 40
        hotpath_delta_commits_total{table="readings"} 3
        hotpath_delta_commits_total{table="transitions"} 3
        hotpath_rules_info{version="7",sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"} 1
        hotpath_config_last_reload_successful 1
        hotpath_config_last_reload_success_timestamp_seconds 1772348400
        hotpath_equipment{category="down"} 1
        hotpath_equipment{category="unknown"} 0
        hotpath_equipment{category="planned"} 0
        hotpath_equipment{category="other"} 0
        hotpath_transitions_total 1
        hotpath_downtimes_opened_total 1
        hotpath_downtimes_closed_total 0
        hotpath_micro_stops_total 0
        hotpath_downtimes_open 1
        hotpath_live_clients 0
        hotpath_live_events_dropped_total 0
        hotpath_check_good{check="journal"} 1
        hotpath_check_good{check="listeners"} 1
        """;
}
