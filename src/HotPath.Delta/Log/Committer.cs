using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>What became of a transaction.</summary>
internal enum CommitOutcome
{
    Committed,
    Fenced,
    Conflict,
}

/// <param name="Outcome">What became of the transaction.</param>
/// <param name="Snapshot">The table after our commit, or the newest state seen where it does not stand.</param>
/// <param name="Reason">Why it does not stand.</param>
internal sealed record CommitResult(CommitOutcome Outcome, Snapshot Snapshot, string? Reason = null);

/// <summary>
/// Puts transactions into the log: each at the next free version, whole or not at all, exactly once. Between two attempts it
/// reads the commits that came first, each once, and judges what they mean. It keeps nothing but a count: any thread may call it.
/// </summary>
internal sealed class Committer
{
    private const int SameVersionAttemptsMax = 8;

    private readonly ITableStore _store;
    private readonly LogReader _reader;
    private readonly DeltaTableOptions _options;
    private readonly TimeProvider _clock;
    private readonly int _attemptsMax;
    private long _lostAttempts;

    public Committer(ITableStore store, DeltaTableOptions options)
    {
        _store = store;
        _reader = new LogReader(store);
        _options = options;
        _clock = options.Clock;
        _attemptsMax = options.CommitAttemptsMax;
    }

    /// <summary>How often another writer had the version already.</summary>
    public long LostAttempts => Volatile.Read(ref _lostAttempts);

    /// <exception cref="CommitUnknownException">No answer told whether the commit stands.</exception>
    /// <exception cref="DeltaException">Other writers were always faster, or the table can no longer be written.</exception>
    public async ValueTask<CommitResult> CommitAsync(Transaction transaction, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= _attemptsMax; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            var version = (transaction.Read?.Version ?? -1) + 1;
            var header = HeaderFor(transaction);
            if (await TryPutAsync(version, Write(transaction, header), header.TxnId))
            {
                transaction.IsCommitted = true;
                var after = After(transaction, header, version);
                await WriteChecksumAsync(after, cancellation);
                return new(CommitOutcome.Committed, after);
            }

            Interlocked.Increment(ref _lostAttempts);
            if (transaction.Read is null)
            {
                var winner = await _reader.TryLoadAsync(null, cancellation);
                return new(CommitOutcome.Conflict, winner!, "Another writer created the table first.");
            }

            if (await AdvanceAsync(transaction, cancellation) is { } lost)
            {
                return lost;
            }

            await BackOffAsync(attempt, cancellation);
        }

        throw new DeltaException(
            $"{_attemptsMax} attempts to commit to the table at '{_store.Location}' lost against other writers. "
            + "Write larger batches less often, or raise CommitAttemptsMax.");
    }

    private static ReadOnlyMemory<byte> Write(Transaction transaction, CommitHeader header)
    {
        using var writer = new ActionWriter();
        writer.Write(header);
        if (transaction.Protocol is not null)
        {
            writer.Write(transaction.Protocol);
        }

        if (transaction.Metadata is not null)
        {
            writer.Write(transaction.Metadata);
        }

        foreach (var txn in transaction.Txns)
        {
            writer.Write(txn);
        }

        foreach (var remove in transaction.Removes)
        {
            writer.Write(remove);
        }

        foreach (var add in transaction.Adds)
        {
            writer.Write(add);
        }

        return writer.Written.ToArray();
    }

    private CommitHeader HeaderFor(Transaction transaction)
    {
        var nowMillis = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var configuration = transaction.Metadata?.Configuration ?? transaction.Read?.Metadata.Configuration;
        var inCommit = configuration is not null && new TableProperties(configuration).InCommitTimestamps;
        return transaction.Header with
        {
            TimestampMillis = nowMillis,
            ReadVersion = transaction.Read?.Version,
            InCommitTimestampMillis = inCommit
                ? Math.Max(nowMillis, (transaction.Read?.State.LastCommitInfo?.InCommitTimestampMillis ?? long.MinValue) + 1)
                : null,
        };
    }

    /// <summary>
    /// True when the commit stands, also when it was a lost answer that made us ask. Once sent it is not given up: whoever
    /// stopped waiting here would not know whether the data files are the table's.
    /// </summary>
    private async ValueTask<bool> TryPutAsync(long version, ReadOnlyMemory<byte> content, string txnId)
    {
        var cancellation = CancellationToken.None;
        var path = LogNames.Commit(version);
        for (var attempt = 1; attempt <= SameVersionAttemptsMax; attempt++)
        {
            switch (await PutAsync(version, path, content, cancellation))
            {
                case PutOutcome.Created:
                    return true;
                case PutOutcome.Exists:
                    return await IsOursAsync(version, txnId, cancellation)
                        ?? throw new FileVanishedException(path);
                default:
                    // Sending it again is safe only because the request cannot replace what may have arrived meanwhile.
                    if (await IsOursAsync(version, txnId, cancellation) is { } ours)
                    {
                        return ours;
                    }

                    await BackOffAsync(attempt, cancellation);
                    break;
            }
        }

        throw Unknown(version, null);
    }

    private async ValueTask<PutOutcome> PutAsync(
        long version,
        string path,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellation)
    {
        try
        {
            return await _store.PutIfAbsentAsync(path, content, cancellation);
        }
        catch (StoreException fault) when (fault.MayHaveHappened)
        {
            throw Unknown(version, fault);
        }
    }

    /// <summary>Whether the commit of a version carries our transaction; null where there is no such commit.</summary>
    private async ValueTask<bool?> IsOursAsync(long version, string txnId, CancellationToken cancellation)
    {
        try
        {
            var actions = await _reader.TryReadCommitAsync(version, cancellation);
            return actions is null ? null : actions.CommitInfo?.TxnId == txnId;
        }
        catch (StoreException fault)
        {
            throw Unknown(version, fault);
        }
    }

    private CommitUnknownException Unknown(long version, Exception? fault) => new(
        version,
        $"No answer told whether version {version} of the table at '{_store.Location}' was committed. Refresh the table and "
        + "compare its latest transaction before writing these rows again.",
        fault);

    /// <summary>Takes in the commits that came first. Null when the transaction stands upon them.</summary>
    private async ValueTask<CommitResult?> AdvanceAsync(Transaction transaction, CancellationToken cancellation)
    {
        var snapshot = transaction.Read!;
        var builder = new SnapshotBuilder(snapshot.State);
        var version = snapshot.Version;
        var worst = Verdict.Retry;
        while (await _reader.TryReadCommitAsync(version + 1, cancellation) is { } winner)
        {
            version++;
            builder.Apply(winner);
            var verdict = Conflict.Judge(transaction, winner);
            worst = verdict > worst ? verdict : worst;
        }

        var latest = version == snapshot.Version ? snapshot : builder.Build(version, _store.Location);
        transaction.Read = latest;
        switch (worst)
        {
            case Verdict.Retry:
                return null;
            case Verdict.Fenced:
                return new(CommitOutcome.Fenced, latest, "Another writer committed under the same application id.");
            case Verdict.FileRemoved:
                return new(CommitOutcome.Conflict, latest, "Another writer removed a file that this commit removes.");
            default:
                Features.RequireWritable(latest.Protocol, latest.Metadata, latest.Schema);
                return transaction.TryRebase(latest) is { } reason ? new(CommitOutcome.Conflict, latest, reason) : null;
        }
    }

    private Snapshot After(Transaction transaction, CommitHeader header, long version)
    {
        var actions = transaction.ToActions();
        actions.CommitInfo = new CommitInfo("{}")
        {
            TimestampMillis = header.TimestampMillis,
            InCommitTimestampMillis = header.InCommitTimestampMillis,
            Operation = header.Operation,
            IsBlindAppend = header.IsBlindAppend,
            TxnId = header.TxnId,
        };
        var builder = new SnapshotBuilder(transaction.Read?.State);
        builder.Apply(actions);
        return builder.Build(version, _store.Location);
    }

    /// <summary>The commit stands, whatever becomes of its checksum.</summary>
    private async ValueTask WriteChecksumAsync(Snapshot after, CancellationToken cancellation)
    {
        if (!_options.WritesChecksums)
        {
            return;
        }

        try
        {
            await VersionChecksum.WriteAsync(_store, after.State, cancellation);
        }
        catch (Exception fault)
        {
            _options.OnMaintenanceFault?.Invoke(fault);
        }
    }

    /// <summary>1 ms, doubling to 256 ms, each time a random part of it: writers that met once shall not meet again.</summary>
    private async ValueTask BackOffAsync(int attempt, CancellationToken cancellation)
    {
        var millisMax = 1 << Math.Min(attempt - 1, 8);
        var delay = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * millisMax);
        await Task.Delay(delay, _clock, cancellation);
    }
}
