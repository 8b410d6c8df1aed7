namespace HotPath.Engine.Agents;

/// <summary>Several agents on one thread, turned in the order of the data's way. Belongs to that thread.</summary>
internal sealed class CompositeAgent : IClosableAgent
{
    private readonly IAgent[] _agents;

    public CompositeAgent(string name, params IAgent[] agents)
    {
        Name = name;
        _agents = agents;
    }

    public string Name { get; }

    public int DoWork()
    {
        var done = 0;
        foreach (var agent in _agents)
        {
            done += agent.DoWork();
        }

        return done;
    }

    public void OnClose()
    {
        foreach (var agent in _agents)
        {
            (agent as IClosableAgent)?.OnClose();
        }
    }
}
