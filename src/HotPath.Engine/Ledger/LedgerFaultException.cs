namespace HotPath.Engine.Ledger;

/// <summary>The ledger on disk cannot be what it says, or cannot be written. Message = problem, cause, cure.</summary>
public sealed class LedgerFaultException(string message, Exception? inner = null) : Exception(message, inner);
