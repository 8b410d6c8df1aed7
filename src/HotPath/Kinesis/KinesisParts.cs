using HotPath.Engine.Agents;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Kinesis.Raw;
using HotPath.Outputs;

namespace HotPath.Kinesis;

/// <summary>What the endpoint needs of the engine.</summary>
/// <param name="Names">Sources and listeners are interned here.</param>
/// <param name="Intakes">Makes a decoder and inlet for one more call at a time.</param>
/// <param name="Durable">Where answers wait for the journal.</param>
/// <param name="Clock">Dates readings and sequence numbers, and checks signatures' times.</param>
internal sealed record KinesisParts(NameTables Names, Func<IIntake> Intakes, IDurableWait Durable, IClock Clock)
{
    /// <summary>Where the records of `transitions` and `downtimes` streams come from; null = there are no such streams.</summary>
    public LedgerSource? Ledger { get; init; }

    /// <summary>The LSN that the next slot gets: where a shard that is closed now ends.</summary>
    public Func<long> NextLsn { get; init; } = () => 0;

    /// <summary>The journal, for raw records that are kept beside it.</summary>
    public RawJournal Journal { get; init; } = new(Guid.Empty, 0, () => long.MaxValue - 1, directory => new LibcDisk(directory));

    /// <summary>Hears of what should not happen: the call was answered with InternalFailure.</summary>
    public Action<Exception> OnFault { get; init; } = _ => { };
}
