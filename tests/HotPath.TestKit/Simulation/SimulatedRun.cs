using HotPath.Engine;
using HotPath.Engine.Native;
using HotPath.Engine.Rules;
using HotPath.TestKit.Reference;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// The whole engine on one thread: agents in any order, time, disk, network and sink by seed, with everything that can
/// go wrong going wrong, and what must hold looked at all the way. Throws <see cref="SimulationFinding"/>.
/// </summary>
internal sealed class SimulatedRun : IDisposable
{
    private const int OpenAttemptsMax = 20;

    /// <summary>From what nobody needs is gone at once, to all of it is kept unless the disk is full.</summary>
    private static readonly long[] RetainMicros = [0, 20_000_000, 24 * 3_600_000_000L];

    private const int TurnsToHealMax = 20_000;

    /// <summary>Every restart and every check compiles all documents again: few are enough.</summary>
    private const int RuleChangeRarity = 6;

    private readonly SimulationOptions _options;
    private readonly Random _random;
    private readonly SimulatedClock _clock = new();
    private readonly SimulationReport _report = new();
    private readonly SimulatedMachineRoom _room;
    private readonly SimulatedSenders _senders;
    private readonly SimulationChecks _checks;
    private readonly EngineOptions _engineOptions;
    private readonly List<RuleDocument> _documents = [];

    /// <summary>Of a thousand steps so many are faults.</summary>
    private readonly int _faultsPerMille;

    private SimulatedProcess? _process;

    private SimulatedRun(SimulationOptions options)
    {
        _options = options;
        _random = new Random(options.Seed);
        _room = new SimulatedMachineRoom(options, _random, _report);
        _senders = new SimulatedSenders(_random, _report);
        _faultsPerMille = new[] { 0, 2, 4, 8, 12 }[_random.Next(5)];
        var cases = Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => RandomCase.Make(_random.Next())).ToList();
        foreach (var made in cases)
        {
            _senders.Add(made.Lines);
            if (RuleDocument.TryParse(System.Text.Encoding.UTF8.GetBytes(made.Rules), out var document, out _))
            {
                _documents.Add(document);
            }
        }

        _engineOptions = new EngineOptions
        {
            DataDirectory = "simulated",
            OpenDisk = _room.Disk,
            RingSlots = 1024,
            JournalSync = new[] { JournalSync.Batch, JournalSync.Batch, JournalSync.Batch, JournalSync.Interval, JournalSync.None }[_random.Next(5)],
            JournalSegmentBytes = 16 * 1024 << _random.Next(4),
            LedgerSegmentBytes = 8 * 1024 << _random.Next(4),
            SnapshotIntervalMs = 1_000 << _random.Next(8),
            SnapshotSlots = 20 << _random.Next(6),
            JournalRetainMicros = options.Control == SimulationControl.ForgetfulRetention
                ? 0
                : RetainMicros[_random.Next(RetainMicros.Length)],
            Time = cases[0].Options,
        };
        _checks = new SimulationChecks(options, _engineOptions, _room, _senders, _random, _report);
    }

    public static SimulationReport Run(SimulationOptions options)
    {
        using var run = new SimulatedRun(options);
        try
        {
            run.ToTheEnd();
        }
        catch (Exception fault) when (fault is not SimulationFinding)
        {
            throw new SimulationFinding(options.Seed, $"{fault.GetType().Name}: {fault.Message}", fault);
        }

        return run._report;
    }

    public void Dispose() => _process?.Dispose();

    private void ToTheEnd()
    {
        var stepsMax = 600 + _random.Next(2_400);
        Open();
        for (var step = 0; step < stepsMax; step++)
        {
            _report.Steps++;
            Guarded(Step);
            if (_process!.IsFailed)
            {
                // It says that it cannot go on; somebody starts it again.
                Crash(cutsPower: false);
            }

            _checks.AfterStep(_process!);
        }

        _room.EndFaults();
        Guarded(Settle);
        _checks.AtEnd(_process!);
        _report.SimulatedMicros = _clock.NowMicros - SimulatedClock.BeginMicros;
        _report.Slots = _process!.PublishedLsn + 1;
    }

    private void Step()
    {
        var process = _process!;
        var dice = _random.Next(1_000);
        if (dice < _faultsPerMille)
        {
            Break();
            return;
        }

        switch (dice % 100)
        {
            case < 55:
                process.TurnOne();
                break;
            case < 70:
                _senders.TurnCalls(process.Calls, AcknowledgedLsn());
                break;
            case < 82:
                _senders.TurnNetwork(process.Network);
                break;
            case < 91:
                // To be forgotten it must be behind.
                if (_options.Control != SimulationControl.ForgetfulRetention || _random.Next(20) == 0)
                {
                    process.Sink.Turn();
                }

                break;
            case < 99:
                _clock.PassMs(_random.Next(60) switch { 0 => _random.Next(40_000), < 8 => _random.Next(5_000), _ => _random.Next(50) });
                break;
            default:
                if (_documents.Count > 0 && _random.Next(RuleChangeRarity) == 0)
                {
                    process.ChangeRules(_documents[_random.Next(_documents.Count)]);
                }

                break;
        }
    }

    private long AcknowledgedLsn() => _options.Control == SimulationControl.EarlyAcknowledgement
        ? _process!.PublishedLsn
        : _process!.Engine.JournalWriter.Durable.DurableLsn;

    private void Break()
    {
        switch (_random.Next(8))
        {
            case 0:
                Crash(cutsPower: false);
                break;
            case 1:
                Crash(cutsPower: MayCutPower);
                break;
            case 2 or 3:
                _room.CrashAfter(1 + _random.Next(80));
                break;
            case 4:
                _room.FailNext(1 + _random.Next(3));
                break;
            case 5:
                _room.Fill();
                break;
            case 6:
                _room.LetSnapshotsRot();
                break;
            default:
                _room.FreeSpace();
                break;
        }
    }

    /// <summary>Policy none promises nothing to survive a power cut.</summary>
    private bool MayCutPower => _engineOptions.JournalSync != JournalSync.None;

    private void Guarded(Action step)
    {
        try
        {
            step();
        }
        catch (SimulatedCrashException)
        {
            Crash(cutsPower: MayCutPower && _random.Next(2) == 0);
        }
    }

    private void Crash(bool cutsPower)
    {
        _process?.Dispose();
        _process = null;
        if (cutsPower)
        {
            _report.PowerCuts++;
            _room.CutPower();
        }
        else
        {
            _report.Kills++;
        }

        if (_options.Control == SimulationControl.ForgedSnapshot)
        {
            _room.LetSnapshotsRot();
        }

        _senders.OnCrash();
        _clock.PassMs(_random.Next(20_000));
        Open();
        _checks.AfterRestart(_process!);
    }

    /// <summary>Opening may be cut short, too; a disk that fails or is full is said, and somebody sees to it.</summary>
    private void Open()
    {
        for (var attempt = 0; attempt < OpenAttemptsMax; attempt++)
        {
            try
            {
                var options = _engineOptions with { ShardCount = 1 + _random.Next(4) };
                _process = new SimulatedProcess(_options, options, _room, _clock, _random, _report);
                return;
            }
            catch (SimulatedCrashException)
            {
                _report.Kills++;
                if (MayCutPower && _random.Next(2) == 0)
                {
                    _report.PowerCuts++;
                    _room.CutPower();
                }
            }
            catch (DiskFaultException fault) when (_room.IsFull || fault.Error.Number == DiskError.InputOutput)
            {
                _room.FreeSpace();
            }
        }

        throw new SimulationFinding(_options.Seed, $"it does not start within {OpenAttemptsMax} attempts");
    }

    /// <summary>Nothing breaks any more: everything must come to rest, with all calls answered and all rows in the tables.</summary>
    private void Settle()
    {
        for (var turn = 0; turn < TurnsToHealMax; turn++)
        {
            var process = _process!;
            process.TurnAll();
            _senders.TurnCalls(process.Calls, AcknowledgedLsn());
            _senders.TurnNetwork(process.Network);
            process.Sink.Turn();
            _clock.PassMs(5);
            if (process.IsFailed)
            {
                Crash(cutsPower: false);
            }

            if (_senders.IsDone && _room.Tables.PositionLsn == _process!.PublishedLsn)
            {
                return;
            }
        }

        var engine = _process!.Engine;
        throw new SimulationFinding(
            _options.Seed,
            $"it does not heal: published {_process.PublishedLsn}, durable {engine.JournalWriter.Durable.DurableLsn}, "
            + $"ledger {engine.Ledger.CompleteLsn}, tables {_room.Tables.PositionLsn}, journal {engine.JournalWriter.State}");
    }
}
