namespace HotPath.Engine.Agents;

/// <summary>
/// A piece of work that a thread turns. One thread at a time calls <see cref="DoWork"/>; production gives each agent a
/// thread (or several agents one), tests turn the crank by hand.
/// </summary>
internal interface IAgent
{
    /// <summary>A short name for threads, metrics and messages, e.g. <c>journal</c>, <c>shard-0</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Does what is there to do, without blocking longer than one system call. Never allocates after warm-up.
    /// </summary>
    /// <returns>How much was done; 0 = nothing, the runner may idle.</returns>
    int DoWork();
}
