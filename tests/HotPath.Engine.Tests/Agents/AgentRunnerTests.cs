using HotPath.Engine.Agents;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Agents;

public sealed class AgentRunnerTests
{
    [Fact]
    public void Agent_finishes_what_is_there_before_it_is_closed()
    {
        var agent = new CountingAgent { Left = 1_000 };
        using var runner = NewRunner(agent, out var faults);
        runner.RequestStop();
        runner.Start();

        Assert.True(runner.Stop(Timeout.InfiniteTimeSpan));

        Assert.Equal((0, true), (agent.Left, agent.IsClosed));
        Assert.Empty(faults);
    }

    [Fact]
    public void Fault_ends_the_turning_and_is_reported_once_with_its_agent()
    {
        var agent = new CountingAgent { Left = 10, FaultsAt = 5 };
        using var runner = NewRunner(agent, out var faults);
        runner.Start();

        Assert.True(runner.Stop(Timeout.InfiniteTimeSpan));

        Assert.Equal(5, agent.Left);
        Assert.False(agent.IsClosed);
        Assert.Equal("broken", Assert.Single(faults).Message);
    }

    [Fact]
    public void Runner_that_was_never_started_stops_at_once()
    {
        using var runner = NewRunner(new CountingAgent(), out _);

        Assert.True(runner.Stop(TimeSpan.Zero));
    }

    [Fact]
    public void Agents_of_a_composite_share_turns_and_are_all_closed()
    {
        var first = new CountingAgent { Left = 3 };
        var second = new CountingAgent { Left = 5 };
        var composite = new CompositeAgent("both", first, second);

        Assert.Equal(2, composite.DoWork());
        using var runner = NewRunner(composite, out _);
        runner.Start();
        runner.Stop(Timeout.InfiniteTimeSpan);

        Assert.Equal((0, 0), (first.Left, second.Left));
        Assert.True(first.IsClosed && second.IsClosed);
    }

    [Fact]
    public void Agent_can_be_kept_on_a_core()
    {
        var agent = new CountingAgent { Left = 1 };
        var faults = new List<Exception>();
        using var runner = new AgentRunner(agent, new YieldingWaitStrategy(), (_, fault) => faults.Add(fault), cpu: 0);
        runner.Start();
        runner.Stop(Timeout.InfiniteTimeSpan);

        Assert.Empty(faults);
        Assert.Equal(0, agent.LastCpu);
    }

    private static AgentRunner NewRunner(IAgent agent, out List<Exception> faults)
    {
        var seen = new List<Exception>();
        faults = seen;
        return new AgentRunner(agent, new YieldingWaitStrategy(), (_, fault) => seen.Add(fault));
    }

    private sealed class CountingAgent : IClosableAgent
    {
        public string Name => "counting";

        public int Left { get; set; }

        public int FaultsAt { get; init; } = -1;

        public bool IsClosed { get; private set; }

        public int LastCpu { get; private set; } = -1;

        public int DoWork()
        {
            LastCpu = Thread.GetCurrentProcessorId();
            if (Left == FaultsAt)
            {
                throw new InvalidOperationException("broken");
            }

            if (Left == 0)
            {
                return 0;
            }

            Left--;
            return 1;
        }

        public void OnClose() => IsClosed = true;
    }
}
