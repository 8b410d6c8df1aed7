namespace HotPath.Engine.Ledger;

/// <summary>
/// What the ledger held at a start, beside what is derived again from the journal: what stands there is compared and not
/// written twice. The recovering thread's, then the ledger's.
/// </summary>
/// <remarks>
/// A difference means that the outputs are no function of the journal any more, and stops the process. Only behind damage in
/// the journal, gone on from on purpose, what is stored stays as it was told, and what is derived up to its end is left out.
/// </remarks>
internal sealed class StoredRecords(LedgerReader reader) : IDisposable
{
    private LedgerReader? _reader = reader;

    // The last record that is not to be written although it is derived.
    private LedgerRecordHead _toldLast = new() { Lsn = -1 };

    /// <summary>True: the record stands in the ledger already, or was told in its place.</summary>
    /// <exception cref="LedgerFaultException">Another one stands in its place.</exception>
    public bool TryMatch(ReadOnlySpan<byte> record)
    {
        if (!LedgerRecordHead.IsBefore(_toldLast, LedgerSegment.HeadOf(record)))
        {
            return true;
        }

        return _reader is not null && TryCompare(record);
    }

    /// <summary>
    /// Behind slots that the journal lost: what follows may be derived otherwise than it was. What is stored was derived from the
    /// whole journal and told; it stays, and what is derived now goes on behind it.
    /// </summary>
    public void Trust()
    {
        while (_reader is not null && _reader.TryRead(long.MaxValue, out var stored))
        {
            _toldLast = LedgerSegment.HeadOf(stored);
        }

        Dispose();
    }

    /// <summary>The end of recovery.</summary>
    /// <exception cref="LedgerFaultException">A record is stored that was not derived again.</exception>
    public void EndComparing()
    {
        if (_reader is not null && _reader.TryRead(long.MaxValue, out var stored))
        {
            ThrowDerivedDiffers("nothing", Describe(stored));
        }

        Dispose();
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private bool TryCompare(ReadOnlySpan<byte> record)
    {
        if (!_reader!.TryRead(long.MaxValue, out var stored))
        {
            Dispose();
            return false;
        }

        if (!stored.SequenceEqual(record))
        {
            ThrowDerivedDiffers(Describe(record), Describe(stored));
        }

        return true;
    }

    private static string Describe(ReadOnlySpan<byte> record)
    {
        ref readonly var head = ref LedgerSegment.HeadOf(record);
        return $"{head.Kind} of LSN {head.Lsn}, equipment {head.EquipmentIndex}, ordinal {head.Ordinal}";
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void ThrowDerivedDiffers(string derived, string stored) =>
        throw new LedgerFaultException(
            $"What is derived again from the journal differs from the ledger: derived {derived}; stored {stored}. Journal or " +
            "ledger is damaged, or another version of HotPath wrote it. Verify the journal; if it is good, remove the ledger " +
            "directory and start again.");
}
