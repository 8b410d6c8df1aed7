using HotPath.Engine;
using HotPath.Engine.Ledger;
using HotPath.TestKit.Reference;

namespace HotPath.TestKit.Simulation;

/// <summary>What must hold at every step, after every restart, and at the end. One thread.</summary>
internal sealed class SimulationChecks(
    SimulationOptions options, EngineOptions engineOptions, SimulatedMachineRoom room, SimulatedSenders senders, Random random,
    SimulationReport report)
{
    /// <summary>Of so many runs one is compared with the reference model: it is slow.</summary>
    private const int RunsPerReference = 4;

    private readonly Dictionary<string, long> _watermarks = [];
    private long _durableLsn = -1;

    public void AfterStep(SimulatedProcess process)
    {
        var engine = process.Engine;
        var durableLsn = engine.JournalWriter.Durable.DurableLsn;
        Require(durableLsn >= _durableLsn, $"the durable LSN went back from {_durableLsn} to {durableLsn}");
        Require(durableLsn <= process.PublishedLsn, $"LSN {durableLsn} is durable and only {process.PublishedLsn} published");
        Require(engine.SafeLsn <= durableLsn, $"sinks may read up to {engine.SafeLsn}, durable is {durableLsn}");
        Require(room.Tables.HeldLsnMax <= durableLsn, $"tables hold LSN {room.Tables.HeldLsnMax}, durable is {durableLsn}");
        var keptFromLsn = engine.Retention.KeptFromLsn;
        Require(
            keptFromLsn <= room.Tables.PositionLsn + 1,
            $"what the sink has not read is removed: kept from LSN {keptFromLsn}, it stands at {room.Tables.PositionLsn}");
        _durableLsn = durableLsn;
        foreach (var shard in engine.Shards)
        {
            var counters = shard.Counters;
            Require(
                counters.Readings == counters.Stored + counters.Duplicate + counters.Future,
                $"the books: {counters.Readings} readings, {counters.Stored} stored, {counters.Duplicate} duplicate, {counters.Future} future");
        }

        CheckWatermarks(engine);
    }

    public void AfterRestart(SimulatedProcess process)
    {
        // The engine's own start is what a new process begins with; a replay looks at the bytes it began from.
        _durableLsn = process.Engine.JournalWriter.Durable.DurableLsn;
        if (engineOptions.JournalSync != JournalSync.Batch)
        {
            // Shards ran ahead of what is safe, as the policy says.
            _watermarks.Clear();
        }

        CheckWatermarks(process.Engine);
        CheckAcknowledged(new JournalReplay(room.WholeJournal()));
    }

    public void AtEnd(SimulatedProcess process)
    {
        var replay = new JournalReplay(room.WholeJournal());
        CheckAcknowledged(replay);
        report.RunsWithRemovals += process.Engine.Journal.Segments.FirstLsn > replay.Recovery.FirstLsn ? 1 : 0;
        CheckBooks(process.Engine, replay);
        CheckLedger(process.Engine, replay);
        CheckTable("readings", replay.StoredReadings, room.Tables.Readings);
        CheckTable("events", replay.Events, room.Tables.Events);
        CheckReference(replay);
        if (BitRot.Try(room.WholeJournal(), replay, random) is { } problem)
        {
            Fail(problem);
        }

        report.BitFlips++;
    }

    private void CheckWatermarks(HotPathEngine engine)
    {
        for (var equipment = 0; equipment < engine.Names.Equipment.Count; equipment++)
        {
            foreach (var shard in engine.Shards)
            {
                if (shard.TryGetWatermark(equipment, out var micros))
                {
                    var name = engine.Names.Equipment.Text(equipment);
                    var before = _watermarks.GetValueOrDefault(name, long.MinValue);
                    Require(micros >= before, $"the watermark of {name} went back from {before} to {micros}");
                    _watermarks[name] = micros;
                }
            }
        }
    }

    private void CheckAcknowledged(JournalReplay replay)
    {
        Require(replay.Damages.Count == 0 && replay.Recovery.Damages.Count == 0, "the journal is damaged, and nobody damaged it");
        foreach (var (lsn, text) in senders.Acknowledged)
        {
            var stands = replay.Texts.GetValueOrDefault(lsn);
            Require(stands == text, $"LSN {lsn} was acknowledged as {text}, the journal has {stands ?? "nothing"}");
        }
    }

    private void CheckBooks(HotPathEngine engine, JournalReplay replay)
    {
        var ours = engine.Shards.Aggregate(
            (Readings: 0L, Stored: 0L, Late: 0L, Duplicate: 0L, Future: 0L),
            (sum, shard) => (
                sum.Readings + shard.Counters.Readings, sum.Stored + shard.Counters.Stored, sum.Late + shard.Counters.Late,
                sum.Duplicate + shard.Counters.Duplicate, sum.Future + shard.Counters.Future));
        var theirs = (
            replay.Counters.Readings, replay.Counters.Stored, replay.Counters.Late, replay.Counters.Duplicate, replay.Counters.Future);
        Require(ours == theirs, $"the books are {ours}, by the journal {theirs}");
    }

    private void CheckLedger(HotPathEngine engine, JournalReplay replay)
    {
        // Below the mark it was removed on purpose, which the sink's position was above.
        var keptFromLsn = LedgerRetention.LowWaterLsn(room.Ledger);
        using var reader = engine.NewLedgerReader(keptFromLsn);
        foreach (var (lsn, row) in replay.Records.Where(record => record.Lsn >= keptFromLsn))
        {
            Require(reader.TryRead(long.MaxValue, out var record), $"the ledger ends before a record of LSN {lsn}");
            Require(Convert.ToHexString(record) == row, $"the ledger differs from the journal at LSN {lsn}");
        }

        Require(!reader.TryRead(long.MaxValue, out _), "the ledger holds more than the journal gives");
    }

    private void CheckTable(string name, IEnumerable<(long Lsn, string Row)> expected, SimulatedTable table)
    {
        var rows = expected.ToList();
        var came = table.Rows.OrderBy(row => row.Lsn).ToList();
        var at = rows.Zip(came).TakeWhile(pair => pair.First == pair.Second).Count();
        Require(
            at == rows.Count && at == came.Count,
            $"the table {name} has {came.Count} rows instead of {rows.Count}; row {at} is {came.ElementAtOrDefault(at)} instead of {rows.ElementAtOrDefault(at)}");
    }

    private void CheckReference(JournalReplay replay)
    {
        if (options.Seed % RunsPerReference == 0 && replay.ToRecordedCase(engineOptions.Time) is { } recorded)
        {
            var expected = ReferenceModel.Rows(recorded);
            var at = expected.Zip(replay.RowsAtEnd).TakeWhile(pair => pair.First == pair.Second).Count();
            Require(
                at == expected.Count && at == replay.RowsAtEnd.Count,
                $"row {at} of the reference model is {expected.ElementAtOrDefault(at)}, the engine has {replay.RowsAtEnd.ElementAtOrDefault(at)}");
            report.ReferenceRows += expected.Count;
        }
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            Fail(otherwise);
        }
    }

    private void Fail(string what) => throw new SimulationFinding(options.Seed, what);
}
