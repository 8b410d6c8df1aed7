using System.Text;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Benchmarks.Restart;

/// <summary>The machines of an engine whose life a start is measured behind; one thread turns every agent.</summary>
internal static class RestartPlant
{
    public const int MachineCount = 5_000;
    public const int TagCount = 8;
    public const int BlockSlots = 512;

    /// <summary>Rules and names, before the first reading.</summary>
    /// <param name="engine">A new one.</param>
    /// <param name="hotAbove">Above it tag0 makes a machine hot.</param>
    public static void Begin(HotPathEngine engine, double hotAbove)
    {
        var rules = FormattableString.Invariant($$"""
            version: 1
            rules:
              - id: line
                groups:
                  - name: g
                    cases: [{ state: HOT, when: tag0 > {{hotAbove}}, for: 5s, clear: 2s }]
                    else: RUN
                downtime: { down: [HOT], microStop: 10s }
            """);
        if (!RuleDocument.TryParse(rules, out var document, out _) || !engine.TryChangeRules(document, out _, out _))
        {
            throw new InvalidOperationException("the rules are not taken");
        }

        for (var index = 0; index < MachineCount; index++)
        {
            engine.Names.Equipment.TryIntern(Encoding.UTF8.GetBytes($"machine-{index}"), 0, out _);
        }

        for (var index = 0; index < TagCount; index++)
        {
            engine.Names.Tags.TryIntern(Encoding.UTF8.GetBytes($"tag{index}"), 0, out _);
        }

        engine.Names.Sources.TryIntern("gateway"u8, 0, out _);
    }

    /// <summary>Publishes a block, and turns the agents until there is room for it.</summary>
    public static void Publish(Inlet inlet, StagingBlock block, IReadOnlyList<IAgent> agents)
    {
        while (inlet.TryPublish(block, out _) != PublishOutcome.Published)
        {
            TurnAll(agents);
        }
    }

    public static void TurnAll(IReadOnlyList<IAgent> agents)
    {
        foreach (var agent in agents)
        {
            agent.DoWork();
        }
    }
}
