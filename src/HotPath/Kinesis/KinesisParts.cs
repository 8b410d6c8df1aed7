using HotPath.Engine.Agents;
using HotPath.Engine.Names;

namespace HotPath.Kinesis;

/// <summary>What the endpoint needs of the engine.</summary>
/// <param name="Names">Sources and listeners are interned here.</param>
/// <param name="Intakes">Makes a decoder and inlet for one more call at a time.</param>
/// <param name="Durable">Where answers wait for the journal.</param>
/// <param name="Clock">Dates readings and sequence numbers, and checks signatures' times.</param>
internal sealed record KinesisParts(NameTables Names, Func<IIntake> Intakes, IDurableWait Durable, IClock Clock)
{
    /// <summary>Hears of what should not happen: the call was answered with InternalFailure.</summary>
    public Action<Exception> OnFault { get; init; } = _ => { };
}
