using System.Collections.Immutable;
using System.Globalization;
using HotPath.Serve.Live;

namespace HotPath.Serve.Metrics;

/// <summary>The catalogue of hotpath_ metrics. Equipment is never a label here.</summary>
internal static class EngineMetrics
{
    private static readonly string[] s_indexes =
        [.. Enumerable.Range(0, Engine.EngineLimits.ShardCountMax).Select(index => index.ToString(CultureInfo.InvariantCulture))];

    public static void Write(MetricsWriter writer, IEngineView engine, LiveView live, string version)
    {
        writer.Info("hotpath_build_info", "What runs here.", ("version", version));
        Books(writer, engine.Books);
        Listeners(writer, engine);
        KinesisMetrics.Write(writer, engine);
        Ring(writer, engine.Ring);
        Shards(writer, engine);
        Journal(writer, engine);
        Delta(writer, engine.Delta);
        Rules(writer, engine.Rules);
        Live(writer, live);
        Health(writer, engine);
    }

    private static void Books(MetricsWriter writer, in BooksView books)
    {
        writer.Counter("hotpath_readings_received_total", "Readings that reached a decoder: accepted and rejected ones.", books.Received);
        writer.Counter("hotpath_readings_accepted_total", "Readings put into the ring: stored, duplicate and future ones.", books.Accepted);
        writer.Counter("hotpath_readings_rejected_total", "Readings and records that could not be taken, by reason.");
        foreach (var (name, count) in RejectReasons.Named(books.RejectedByReason))
        {
            writer.Sample(count, ("reason", name));
        }

        writer.Counter("hotpath_readings_stored_total", "Readings that were neither duplicate nor future: rows of the table readings.", books.Stored);
        writer.Counter("hotpath_late_readings_total", "Stored readings older than their machine's watermark: kept, not evaluated.", books.Late);
        writer.Counter("hotpath_duplicate_readings_total", "Readings that repeated one of their machine's last 128.", books.Duplicate);
        writer.Counter("hotpath_future_readings_total", "Readings dated further ahead than maxFuture.", books.Future);
        writer.Counter("hotpath_readings_lost_total", "Readings known to be lost before they were received, by where.");
        writer.Sample(books.LostKernel, ("reason", "kernel"));
        writer.Sample(books.LostNetwork, ("reason", "network"));
        writer.Counter("hotpath_readings_recovered_total", "Readings that came after they had been counted as lost by the network.", books.Recovered);
    }

    private static void Listeners(MetricsWriter writer, IEngineView engine)
    {
        var listeners = engine.Listeners;
        writer.Counter("hotpath_datagrams_received_total", "Datagrams or calls received.");
        foreach (var listener in listeners)
        {
            writer.Sample(listener.Datagrams, ("listener", listener.Name));
        }

        writer.Counter("hotpath_received_bytes_total", "Payload received.");
        foreach (var listener in listeners)
        {
            writer.Sample(listener.Bytes, ("listener", listener.Name));
        }

        writer.Counter("hotpath_datagrams_dropped_total", "Datagrams or calls that were not taken, by reason.");
        foreach (var listener in listeners)
        {
            foreach (var (reason, count) in listener.DroppedByReason)
            {
                writer.Sample(count, ("listener", listener.Name), ("reason", reason));
            }
        }

        Frames(writer, listeners);

        writer.Counter("hotpath_records_accepted_total", "Records taken, by where they came in.");
        foreach (var listener in listeners)
        {
            writer.Sample(listener.RecordsAccepted, ("source", listener.Name));
        }
    }

    private static void Frames(MetricsWriter writer, ImmutableArray<ListenerView> listeners)
    {
        writer.Counter("hotpath_frames_total", "Numbered datagrams by what became of them: lost less recovered never came.");
        foreach (var listener in listeners)
        {
            if (listener.Frames is not { } frames)
            {
                continue;
            }

            writer.Sample(frames.Received, ("listener", listener.Name), ("outcome", "received"));
            writer.Sample(frames.Duplicate, ("listener", listener.Name), ("outcome", "duplicate"));
            writer.Sample(frames.Reordered, ("listener", listener.Name), ("outcome", "reordered"));
            writer.Sample(frames.Lost, ("listener", listener.Name), ("outcome", "lost"));
            writer.Sample(frames.Recovered, ("listener", listener.Name), ("outcome", "recovered"));
            writer.Sample(frames.TooOld, ("listener", listener.Name), ("outcome", "too_old"));
        }
    }

    private static void Ring(MetricsWriter writer, in RingView ring)
    {
        writer.Gauge("hotpath_ring_slots", "Slots of the ring.", ring.Slots);
        writer.Gauge("hotpath_ring_published_lsn", "The last slot that was published.", ring.PublishedLsn);
    }

    private static void Shards(MetricsWriter writer, IEngineView engine)
    {
        var shards = engine.Shards;
        writer.Gauge("hotpath_ring_depth_ratio", "How much of the ring waits for a shard.");
        foreach (var shard in shards)
        {
            writer.Sample(shard.RingDepthRatio, ("shard", s_indexes[shard.Index]));
        }

        writer.Gauge("hotpath_shard_position_lsn", "The last slot that a shard has processed.");
        foreach (var shard in shards)
        {
            writer.Sample(shard.PositionLsn, ("shard", s_indexes[shard.Index]));
        }

        writer.Gauge("hotpath_watermark_lag_seconds", "The arrival clock less a shard's slowest watermark.");
        foreach (var shard in shards)
        {
            if (shard.WatermarkLagSeconds is { } lag)
            {
                writer.Sample(lag, ("shard", s_indexes[shard.Index]));
            }
        }

        writer.Gauge("hotpath_waiting_readings", "Readings that wait for a watermark.");
        foreach (var shard in shards)
        {
            writer.Sample(shard.WaitingReadings, ("shard", s_indexes[shard.Index]));
        }

        writer.Counter("hotpath_watermarks_forced_total", "Watermarks moved because too many readings waited for one machine.");
        foreach (var shard in shards)
        {
            writer.Sample(shard.ForcedWatermarks, ("shard", s_indexes[shard.Index]));
        }

        writer.Histogram("hotpath_rule_eval_duration_seconds", "CPU to evaluate the rules for one batch of slots, of one batch in seven.");
        foreach (var shard in shards)
        {
            if (shard.EvaluationDuration is { } duration)
            {
                writer.Histogram(duration, ("shard", s_indexes[shard.Index]));
            }
        }

        writer.Counter("hotpath_agent_cpu_seconds_total", "CPU of shards and ledger for their batches, estimated from one batch in seven.");
        foreach (var (agent, seconds) in engine.AgentCpu)
        {
            writer.Sample(seconds, ("agent", agent));
        }

        writer.Histogram("hotpath_event_latency_seconds", "From the event time of a transition until it stood in the ledger.");
        if (engine.EventLatency is { } latency)
        {
            writer.Histogram(latency);
        }
    }

    private static void Journal(MetricsWriter writer, IEngineView engine)
    {
        var journal = engine.Journal;
        writer.Gauge("hotpath_journal_written_lsn", "The journal was written up to here.", journal.WrittenLsn);
        writer.Gauge("hotpath_journal_durable_lsn", "The journal is on disk up to here.", journal.DurableLsn);
        writer.Gauge("hotpath_journal_failed", "1 = the journal cannot be written; nothing is acknowledged.", journal.HasFailed ? 1 : 0);
        writer.Gauge("hotpath_journal_bytes", "Size of the journal on disk.", journal.Bytes);
        writer.Counter("hotpath_journal_syncs_total", "Syncs of the journal.", journal.Syncs);
        writer.Histogram("hotpath_journal_commit_duration_seconds", "Time to sync one group of frames.");
        if (journal.CommitDuration is { } duration)
        {
            writer.Histogram(duration);
        }

        writer.Gauge("hotpath_ledger_lsn", "The ledger holds everything up to here.", engine.LedgerLsn);
    }

    private static void Delta(MetricsWriter writer, in DeltaView delta)
    {
        writer.Gauge("hotpath_delta_position_lsn", "Every table holds everything up to here.", delta.PositionLsn);
        writer.Gauge("hotpath_delta_lag_seconds", "Age of the oldest reading that no table holds.", delta.LagSeconds);
        writer.Counter("hotpath_delta_conflicts_total", "Commits that met another writer's and were tried again.", delta.Conflicts);
        writer.Counter(
            "hotpath_delta_unreadable_slots_total",
            "Slots of damaged parts of the journal that the tables went on without: journal.onCorruption is continue.",
            delta.UnreadableSlots);
        writer.Counter("hotpath_delta_rows_total", "Rows committed to a table.");
        foreach (var table in delta.Tables)
        {
            writer.Sample(table.Rows, ("table", table.Name));
        }

        writer.Counter("hotpath_delta_commits_total", "Commits to a table.");
        foreach (var table in delta.Tables)
        {
            writer.Sample(table.Commits, ("table", table.Name));
        }

        writer.Counter("hotpath_delta_cpu_seconds_total", "CPU of flushing, by step.");
        foreach (var (step, seconds) in delta.Steps)
        {
            writer.Sample(seconds, ("step", step));
        }

        writer.Histogram("hotpath_delta_commit_duration_seconds", "Time to write and commit one flush.");
        if (delta.CommitDuration is { } duration)
        {
            writer.Histogram(duration);
        }
    }

    private static void Rules(MetricsWriter writer, RulesView rules)
    {
        writer.Info("hotpath_rules_info", "The rule document in force.",
            ("version", rules.Version.ToString(CultureInfo.InvariantCulture)), ("sha256", rules.Sha256));
        writer.Gauge("hotpath_config_last_reload_successful", "1 = the last reload of the rules was taken.", rules.LastReloadProblem is null ? 1 : 0);
        writer.Gauge("hotpath_config_last_reload_success_timestamp_seconds", "When rules were last taken.", rules.AppliedAtMicros / 1e6);
    }

    private static void Live(MetricsWriter writer, LiveView live)
    {
        var counts = live.Counts;
        writer.Gauge("hotpath_equipment", "Machines by the category of the state that wants attention most.");
        writer.Sample(counts.MachinesDown, ("category", "down"));
        writer.Sample(counts.MachinesUnknown, ("category", "unknown"));
        writer.Sample(counts.MachinesPlanned, ("category", "planned"));
        writer.Sample(counts.MachinesOther, ("category", "other"));
        writer.Counter("hotpath_transitions_total", "Transitions seen by the live view since it began.", counts.Transitions);
        writer.Counter("hotpath_downtimes_opened_total", "Downtimes announced as open.", counts.Opened);
        writer.Counter("hotpath_downtimes_closed_total", "Downtimes closed, micro-stops too.", counts.Closed);
        writer.Counter("hotpath_micro_stops_total", "Closed downtimes that were micro-stops.", counts.MicroStops);
        writer.Gauge("hotpath_downtimes_open", "Downtimes that are open now.", counts.OpenNow);
        writer.Gauge("hotpath_live_clients", "Clients of the live stream.", live.Hub.Clients);
        writer.Counter("hotpath_live_events_dropped_total", "Events that slow clients of the live stream lost.", live.Hub.Dropped);
    }

    private static void Health(MetricsWriter writer, IEngineView engine)
    {
        writer.Gauge("hotpath_check_good", "1 = a readiness check passes.");
        foreach (var check in engine.Checks)
        {
            writer.Sample(check.IsGood ? 1 : 0, ("check", check.Name));
        }
    }
}
