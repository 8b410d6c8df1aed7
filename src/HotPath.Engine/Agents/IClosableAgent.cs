namespace HotPath.Engine.Agents;

/// <summary>An agent with something to do at the very end, on its own thread, after its last turn.</summary>
internal interface IClosableAgent : IAgent
{
    void OnClose();
}
