using HotPath.Engine.Ledger;

namespace HotPath.Outputs;

/// <summary>One transition or downtime on its way out.</summary>
/// <param name="At">Where it stands in the ledger; null = it comes back from the dead letters.</param>
/// <param name="Id">Its identity for ever: who sees it twice has seen the same row twice.</param>
/// <param name="Key">The equipment: rows of one key go out in their order.</param>
/// <param name="Json">See <see cref="RowJson"/>.</param>
internal sealed record OutputRow(
    RowPosition? At, string Id, LedgerRecordKind Kind, string Key, long AtMicros, ReadOnlyMemory<byte> Json)
{
    public string KindWord => Kind == LedgerRecordKind.Transition ? "transition" : "downtime";
}
