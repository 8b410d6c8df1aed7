using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;

namespace HotPath.TestKit.Simulation;

/// <summary>One life of the engine with doors and sink, every agent turned by hand. One thread.</summary>
internal sealed class SimulatedProcess : IDisposable
{
    private readonly IReadOnlyList<IAgent> _agents;
    private readonly Random _random;

    public SimulatedProcess(
        SimulationOptions options, EngineOptions engineOptions, SimulatedMachineRoom room, SimulatedClock clock, Random random,
        SimulationReport report)
    {
        _random = random;
        var engine = HotPathEngine.Open(engineOptions, clock, _ => room.Tables.HeldLsnMax);
        Engine = engine;
        if (options.Control != SimulationControl.ForgetfulRetention)
        {
            engine.Retention.AddSink(() => room.Tables.PositionLsn);
        }

        report.SnapshotsPassedOver += engine.Recovered.PassedOver.Count;
        if (engine.Recovered.SnapshotLsn >= 0)
        {
            report.SnapshotsUsed++;
        }

        _agents = engine.ThreadAgents(int.MaxValue);
        var quota = new NameQuota();
        Calls = new SimulatedDoor(engine, clock, quota, "calls", ringShare: 1);
        Network = new SimulatedDoor(engine, clock, quota, "network", ringShare: 0.5);
        try
        {
            Sink = new SimulatedSink(engine, room.Tables, options, random, report);
        }
        catch
        {
            Calls.Dispose();
            Network.Dispose();
            engine.Dispose();
            throw;
        }
    }

    public HotPathEngine Engine { get; }

    public SimulatedDoor Calls { get; }

    public SimulatedDoor Network { get; }

    public SimulatedSink Sink { get; }

    /// <summary>The last LSN that was published.</summary>
    public long PublishedLsn => Engine.Ring.Sequencer.NextLsn - 1;

    public bool IsFailed => Engine.JournalWriter.State == JournalState.Failed;

    public void TurnOne() => _agents[_random.Next(_agents.Count)].DoWork();

    public int TurnAll()
    {
        var done = 0;
        foreach (var agent in _agents)
        {
            done += agent.DoWork();
        }

        return done;
    }

    /// <summary>Waits for room in the ring, so not where there may be none.</summary>
    public void ChangeRules(RuleDocument document)
    {
        if (PublishedLsn - Engine.JournalWriter.Durable.DurableLsn < Engine.Ring.SlotCount / 2
            && Engine.ShardAgents.All(shard => PublishedLsn - shard.PositionLsn < Engine.Ring.SlotCount / 2))
        {
            Engine.TryChangeRules(document, out _, out _);
        }
    }

    public void Dispose()
    {
        Sink.Dispose();
        Calls.Dispose();
        Network.Dispose();
        Engine.Dispose();
    }
}
