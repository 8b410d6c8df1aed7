using HotPath.Engine.Ledger;
using HotPath.Engine.Names;

namespace HotPath.Outputs;

/// <summary>What readers of transitions and downtimes need of the engine. Any thread may call its members.</summary>
/// <param name="Instance">The journal they come from: part of every row's identity.</param>
/// <param name="Names">What the indexes in rows mean.</param>
/// <param name="NewReader">A cursor over the ledger from an LSN on; it belongs to one thread at a time.</param>
/// <param name="SafeLsn">Rows may be read up to here.</param>
/// <param name="WriteEvidence">A transition's evidence as JSON.</param>
internal sealed record LedgerSource(
    Guid Instance,
    NameTables Names,
    Func<long, LedgerReader> NewReader,
    Func<long> SafeLsn,
    TransitionEvidence WriteEvidence);
