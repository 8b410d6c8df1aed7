using HotPath.Engine.Agents;

namespace HotPath.TestKit.Simulation;

/// <summary>Time that passes when the schedule says so; whole milliseconds, as recordings have them. One thread.</summary>
internal sealed class SimulatedClock : IClock
{
    public const long BeginMicros = 1_700_000_000_000_000;

    public long NowMicros { get; private set; } = BeginMicros;

    public void PassMs(long milliseconds) => NowMicros += milliseconds * 1_000;
}
