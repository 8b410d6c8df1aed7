namespace HotPath.Engine.Ledger;

/// <summary>What cannot be read of a ledger file, and with it what shards found.</summary>
/// <param name="Path">The file.</param>
/// <param name="OffsetBytes">Up to here it is whole.</param>
/// <param name="LengthBytes">How long it was when it was full; 0 where nobody tells.</param>
/// <param name="LsnFrom">Of this LSN something may be missing.</param>
/// <param name="LsnTo">The last LSN of which something may be missing.</param>
public sealed record LedgerDamage(string Path, long OffsetBytes, long LengthBytes, long LsnFrom, long LsnTo)
{
    public override string ToString() =>
        $"{Path} is damaged behind byte {OffsetBytes}{(LengthBytes > 0 ? $" of {LengthBytes}" : "")}: what shards found for LSN {LsnFrom} to "
        + $"{LsnTo} cannot be read.";

    public LedgerFaultException ToFault() => new(
        $"{this} Stop the service and move the directory ledger away; as far as the journal reaches back it is derived again at "
        + "the next start.");
}
