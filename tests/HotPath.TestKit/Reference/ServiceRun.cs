using System.Text;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.TestKit.Disk;

namespace HotPath.TestKit.Reference;

/// <summary>
/// Runs a service's case through the whole engine by the door of production: bytes are decoded, published on the ring,
/// journaled, processed by the shards and merged into the ledger, on a simulated clock and journal disk, turned by hand.
/// A line <c>start</c> behind the first is a real restart: what the journal holds is all that is left.
/// </summary>
internal sealed class ServiceRun : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SimulatedDisk _disk = new();
    private readonly HandClock _clock = new();
    private readonly StagingBlock _block = new(256, EngineLimits.RecordReadingsMax);
    private readonly NameQuota _quota = new(int.MaxValue, int.MaxValue);
    private readonly RecordedCase _case;
    private readonly int _shardCount;
    private readonly int _batchLines;
    private TimeOptions _time;
    private HotPathEngine? _engine;
    private RecordDecoder? _decoder;
    private Inlet? _inlet;
    private RecordOrigin _origin;

    private ServiceRun(RecordedCase service, int shardCount, int batchLines)
    {
        _case = service;
        _shardCount = shardCount;
        _batchLines = batchLines;
        _time = service.Options;
    }

    /// <summary>The rows of the ledger, without a summary: a service has no end of input.</summary>
    /// <param name="service">Of <see cref="ServiceCase"/>.</param>
    /// <param name="shardCount">Shards.</param>
    /// <param name="batchLines">Lines that are decoded and published together.</param>
    public static IReadOnlyList<string> Rows(RecordedCase service, int shardCount, int batchLines)
    {
        using var run = new ServiceRun(service, shardCount, batchLines);
        foreach (var line in service.Lines)
        {
            run.Take(line);
        }

        return run.ReadRows();
    }

    public void Dispose()
    {
        Close();
        _block.Dispose();
        _directory.Dispose();
    }

    private void Take(JsonElement line)
    {
        var control = line.TryGetProperty("control", out var word) ? word.GetString() : null;
        if (control is null)
        {
            SetClock(line);
            Decode(line);
            return;
        }

        // Control takes its place behind what came before it.
        Publish();
        SetClock(line);
        switch (control)
        {
            case "start":
                Restart();
                break;
            case "tick":
                Hold(new ControlInlet(_engine!.Ring).TryPublishTick(_clock.NowMicros, out _), "a tick finds room");
                break;
            case "time":
                _time = TimeLine.Read(line);
                _engine!.ChangeTime(_time);
                break;
            default:
                ChangeRules(line.GetProperty("rules").GetRawText());
                break;
        }

        Turn();
    }

    private void SetClock(JsonElement line) => _clock.NowMicros = line.GetProperty("receivedAt").GetInt64() * 1_000;

    private void Decode(JsonElement line)
    {
        var record = Encoding.UTF8.GetBytes(line.GetRawText());
        var unit = _case.TimestampUnitMicros == 1 ? TimestampUnit.Microseconds : TimestampUnit.Milliseconds;
        Hold(_decoder!.Decode(record, _origin with { ReceivedAtMicros = _clock.NowMicros, TimestampUnit = unit }, _block), "a block has room");
        Hold(_block.RejectedCount == 0, $"every line is a reading: {line}");
        if (_block.Count >= _batchLines)
        {
            Publish();
            Turn();
        }
    }

    private void Publish()
    {
        if (_block.Count > 0)
        {
            Hold(_inlet!.TryPublish(_block, out _) == PublishOutcome.Published, "the ring has room");
            _block.Clear();
        }
    }

    private void Restart()
    {
        var isFirst = _engine is null;
        if (!isFirst)
        {
            TurnUntilSafe();
        }

        Close();
        var options = new EngineOptions
        {
            DataDirectory = _directory.Path,
            ShardCount = _shardCount,
            RingSlots = 1024,
            JournalSegmentBytes = 256 * 1024,
            Time = _time,
            OpenDisk = _ => _disk,
        };
        _engine = HotPathEngine.Open(options, _clock);
        _decoder = new RecordDecoder(_engine.Names, _quota);
        _inlet = _engine.NewInlet();
        _engine.Names.Sources.TryIntern(""u8, 0, out var noSource);
        _origin = new RecordOrigin(0, noSource, 0, TimestampUnit.Milliseconds);
        if (isFirst)
        {
            ChangeRules(_case.Rules);
        }
    }

    private void ChangeRules(string text)
    {
        Hold(RuleDocument.TryParse(text, out var document, out var faults), string.Join('\n', faults));
        Hold(_engine!.TryChangeRules(document, out _, out faults), string.Join('\n', faults));
    }

    // One turn of every agent, so that a batch may stay on its way while the next comes.
    private int Turn()
    {
        var work = _engine!.Journal.Preparer.DoWork() + _engine.JournalWriter.DoWork();
        foreach (var shard in _engine.ShardAgents)
        {
            work += shard.DoWork();
        }

        return work + _engine.Ledger.DoWork();
    }

    private void TurnUntilSafe()
    {
        const int TurnsMax = 100_000;
        Publish();
        var lastLsn = _engine!.Ring.Sequencer.NextLsn - 1;
        for (var turn = 0; _engine.SafeLsn < lastLsn; turn++)
        {
            Turn();
            Hold(turn < TurnsMax, "the engine comes to rest");
        }
    }

    private List<string> ReadRows()
    {
        TurnUntilSafe();
        var rows = new ReplayRows(_engine!.Names);
        using var reader = _engine.NewLedgerReader(0);
        while (reader.TryRead(long.MaxValue, out var record))
        {
            rows.Add(record);
        }

        return [.. rows.InOrder()];
    }

    private void Close()
    {
        _decoder?.Dispose();
        _engine?.Dispose();
        _engine = null;
    }

    private static void Hold(bool isSo, string what)
    {
        if (!isSo)
        {
            throw new InvalidOperationException($"The run is faulty: {what}.");
        }
    }

    private sealed class HandClock : IClock
    {
        public long NowMicros { get; set; }
    }
}
