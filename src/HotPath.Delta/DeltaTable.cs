using System.Runtime.CompilerServices;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>
/// A Delta Lake table, open for reading and appending. Several threads may use one object: changes run one after the other,
/// reads beside them on the snapshot they began with. Other processes and engines may work on the same table.
/// </summary>
public sealed class DeltaTable : IDisposable
{
    // A log that was cleaned while nobody here looked could make version + 1 seem free. Cleanups leave the last minutes
    // alone by far, so commits are looked up one by one only this long after a listing or a commit of ours.
    private static readonly TimeSpan ProbingMax = TimeSpan.FromMinutes(10);

    private readonly ITableStore _store;
    private readonly DeltaTableOptions _options;
    private readonly LogReader _reader;
    private readonly Committer _committer;
    private readonly ParquetFiles _files;
    private readonly SemaphoreSlim _oneChange = new(1);
    private bool _ownsStore;
    private volatile Snapshot _snapshot;
    private long _refreshedAt;
    private bool _isOutcomeUnknown;

    private DeltaTable(ITableStore store, DeltaTableOptions options, Snapshot snapshot)
    {
        _store = store;
        _options = options;
        _reader = new LogReader(store);
        _committer = new Committer(store, options);
        _files = new ParquetFiles(store, options);
        _snapshot = snapshot;
        _refreshedAt = options.Clock.GetTimestamp();
    }

    /// <summary>Where the table is.</summary>
    public string Location => _store.Location;

    /// <summary>The newest state that this object has seen. <see cref="RefreshAsync"/> looks for a newer one.</summary>
    public Snapshot Snapshot => _snapshot;

    /// <summary>How often a commit of this object found its version taken by another writer, and was tried at the next one.</summary>
    public long LostAttempts => _committer.LostAttempts;

    /// <summary>Opens a table in a directory or, as <c>s3://bucket/prefix</c>, in an object store.</summary>
    /// <exception cref="DeltaException">There is no table, or it is damaged or needs a feature that is not had here.</exception>
    /// <exception cref="StoreException">The file system or the object store failed.</exception>
    public static Task<DeltaTable> OpenAsync(
        string location,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        AtAsync(location, options, store => OpenAsync(store, options, cancellation));

    /// <inheritdoc cref="OpenAsync(string, DeltaTableOptions?, CancellationToken)"/>
    public static async Task<DeltaTable> OpenAsync(
        ITableStore store,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        await TryOpenAsync(store, options, cancellation)
        ?? throw new DeltaException($"There is no Delta table at '{store.Location}': it has no _delta_log with a commit.");

    /// <summary>Opens a table that must be there, and have the definition's columns and partition columns; it may have more.</summary>
    /// <inheritdoc cref="OpenAsync(string, DeltaTableOptions?, CancellationToken)"/>
    public static Task<DeltaTable> OpenAsync(
        string location,
        TableDefinition definition,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        AtAsync(location, options, async store =>
        {
            var table = await OpenAsync(store, options, cancellation);
            TableCreation.RequireCompatible(table.Snapshot, definition, store.Location);
            return table;
        });

    /// <summary>Creates a table as version 0.</summary>
    /// <exception cref="DeltaException">There is a table already, or the definition contradicts itself.</exception>
    public static Task<DeltaTable> CreateAsync(
        string location,
        TableDefinition definition,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        AtAsync(location, options, store => CreateAsync(store, definition, options, cancellation));

    /// <inheritdoc cref="CreateAsync(string, TableDefinition, DeltaTableOptions?, CancellationToken)"/>
    public static async Task<DeltaTable> CreateAsync(
        ITableStore store,
        TableDefinition definition,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new DeltaTableOptions();
        if (await new LogReader(store).TryLoadAsync(null, cancellation) is not null)
        {
            throw new DeltaException($"There is a table at '{store.Location}' already. Open it, or create it elsewhere.");
        }

        var result = await TableCreation.CommitAsync(store, definition, options, cancellation);
        return result.Outcome == CommitOutcome.Committed
            ? new DeltaTable(store, options, result.Snapshot)
            : throw new DeltaException($"Another writer created the table at '{store.Location}' first.");
    }

    /// <summary>
    /// Opens the table or creates it. Of several that do so at once one creates it and all open it. A table that is there
    /// must have the definition's columns and partition columns; it may have more columns.
    /// </summary>
    public static Task<DeltaTable> OpenOrCreateAsync(
        string location,
        TableDefinition definition,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        AtAsync(location, options, store => OpenOrCreateAsync(store, definition, options, cancellation));

    /// <inheritdoc cref="OpenOrCreateAsync(string, TableDefinition, DeltaTableOptions?, CancellationToken)"/>
    public static async Task<DeltaTable> OpenOrCreateAsync(
        ITableStore store,
        TableDefinition definition,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new DeltaTableOptions();
        var snapshot = await new LogReader(store).TryLoadAsync(null, cancellation)
            ?? (await TableCreation.CommitAsync(store, definition, options, cancellation)).Snapshot;
        TableCreation.RequireCompatible(snapshot, definition, store.Location);
        return new DeltaTable(store, options, snapshot);
    }

    /// <summary>The version that an application has come to, as far as this object has seen; null where it never wrote.</summary>
    public long? LatestTxn(string appId) => _snapshot.Txns.TryGetValue(appId, out var txn) ? txn.Version : null;

    /// <summary>Takes in what other writers have committed, and returns the newest state.</summary>
    public async Task<Snapshot> RefreshAsync(CancellationToken cancellation = default)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            return await RefreshAloneAsync(cancellation);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>The table as it was at a version.</summary>
    /// <exception cref="DeltaException">The version is not there, or no longer.</exception>
    public async Task<Snapshot> SnapshotAtAsync(long version, CancellationToken cancellation = default)
    {
        var newest = _snapshot;
        return newest.Version == version
            ? newest
            : (await _reader.TryLoadAsync(version, cancellation))
                ?? throw new DeltaException($"There is no Delta table at '{Location}'.");
    }

    /// <summary>
    /// Appends rows in one commit. When it returns <see cref="AppendOutcome.Committed"/> they survive a power cut. The batches
    /// are taken and encoded on the caller's thread; with a local table nothing else runs elsewhere either.
    /// </summary>
    /// <exception cref="DeltaException">The rows do not fit the table, or the table cannot be written here.</exception>
    /// <exception cref="CommitUnknownException">No answer told whether the commit stands.</exception>
    /// <exception cref="StoreException">The file system or the object store failed; nothing was committed.</exception>
    public async Task<AppendResult> AppendAsync(
        IEnumerable<PartitionRows> partitions,
        AppendOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new AppendOptions();
        await _oneChange.WaitAsync(cancellation);
        try
        {
            // After an outcome that nobody knew the log tells it, and the rows are not written again.
            if (IsStale() || _isOutcomeUnknown)
            {
                await RefreshAloneAsync(cancellation);
            }

            if (AlreadyCommitted(options) is { } already)
            {
                return already;
            }

            var append = new TableAppend(_store, _snapshot, _options, options);
            var (result, snapshot) = await AppendAloneAsync(append, partitions, cancellation);
            _snapshot = snapshot;
            if (result.Outcome == AppendOutcome.Committed)
            {
                _refreshedAt = _options.Clock.GetTimestamp();
                await MaintainAsync(snapshot, cancellation);
            }

            return result;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Appends the rows of one batch to a table without partition columns.</summary>
    /// <inheritdoc cref="AppendAsync(IEnumerable{PartitionRows}, AppendOptions?, CancellationToken)"/>
    public Task<AppendResult> AppendAsync(
        ColumnBatch batch,
        AppendOptions? options = null,
        CancellationToken cancellation = default) =>
        AppendAsync([new PartitionRows(PartitionValues.None, [batch])], options, cancellation);

    /// <summary>
    /// Reads the rows in the order of the files and of the rows in them. A batch is the rows of one row group, with the
    /// columns asked for, partition columns among them; its memory is the caller's.
    /// </summary>
    /// <exception cref="DeltaException">A column is not there or is nested, or a data file is damaged or gone.</exception>
    public async IAsyncEnumerable<ColumnBatch> ReadAsync(
        ReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= new ReadOptions();
        var snapshot = options.Version is { } version ? await SnapshotAtAsync(version, cancellation) : _snapshot;
        await foreach (var batch in TableScan.Of(_store, snapshot, options).ReadAsync(snapshot.Files, cancellation))
        {
            yield return batch;
        }
    }

    /// <summary>What the batches of a read hold, in their order.</summary>
    public async Task<IReadOnlyList<Column>> ColumnsOfAsync(ReadOptions options, CancellationToken cancellation = default) =>
        new TableScan(
            _store,
            options.Version is { } version ? await SnapshotAtAsync(version, cancellation) : _snapshot,
            options.Columns).Columns;

    /// <summary>
    /// What each commit said about itself, newest first, as far as the log still tells.
    /// </summary>
    public async IAsyncEnumerable<TableVersion> HistoryAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var listing = await LogListing.ReadAsync(_store, 0, cancellation);
        foreach (var (version, file) in listing.Commits.OrderByDescending(static commit => commit.Key))
        {
            var actions = await _reader.TryReadCommitAsync(version, cancellation);
            if (actions is null)
            {
                yield break;
            }

            yield return TableVersion.Of(version, file, actions);
        }
    }

    /// <summary>
    /// Writes the newest state as a checkpoint, so that a reader begins there and need not read the commits before it.
    /// </summary>
    /// <returns>The version of the checkpoint.</returns>
    /// <exception cref="UnsupportedFeatureException">The table needs a feature for writing that is not had here.</exception>
    public async Task<long> CheckpointAsync(CancellationToken cancellation = default)
    {
        var snapshot = await RefreshAsync(cancellation);
        await new CheckpointWriter(_store, _options.Clock).WriteAsync(snapshot, cancellation);
        return snapshot.Version;
    }

    /// <summary>
    /// Writes a checkpoint of the newest version without opening the table: the checkpoint before it and the commits since
    /// flow through, so that memory goes by what was changed since and not by the files of the table.
    /// </summary>
    /// <returns>The version of the checkpoint.</returns>
    /// <exception cref="DeltaException">There is no table, its log is damaged, or it cannot be written here.</exception>
    /// <exception cref="StoreException">The file system or the object store failed.</exception>
    public static Task<long> CheckpointAtAsync(
        string location,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        TableCheckpoint.WriteAsync(location, options ?? new DeltaTableOptions(), cancellation);

    /// <inheritdoc cref="CheckpointAtAsync(string, DeltaTableOptions?, CancellationToken)"/>
    public static Task<long> CheckpointAtAsync(
        ITableStore store,
        DeltaTableOptions? options = null,
        CancellationToken cancellation = default) =>
        TableCheckpoint.WriteAsync(store, options ?? new DeltaTableOptions(), cancellation);

    /// <summary>
    /// Sets properties of the table, or takes those away whose value is null, in one commit. Nothing is written where all are
    /// so already. Every writer at work meets new metadata and looks again, so this is nothing to do often.
    /// </summary>
    /// <returns>The version in which the properties are so.</returns>
    /// <exception cref="DeltaException">The table cannot be written here, or other writers were always faster.</exception>
    public async Task<long> SetPropertiesAsync(
        IReadOnlyDictionary<string, string?> properties,
        CancellationToken cancellation = default)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            await RefreshAloneAsync(cancellation);
            _snapshot = await TableSettings.SetAsync(_snapshot, properties, _options, _committer, cancellation);
            return _snapshot.Version;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>
    /// Merges small files, each partition by itself. The table's rows stay the same, and appends go on beside it.
    /// </summary>
    /// <exception cref="DeltaException">The table has nested columns, or a file holds other rows than it says.</exception>
    public async Task<OptimizeResult> OptimizeAsync(
        OptimizeOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new OptimizeOptions();
        using var files = new ParquetFiles(_store, _options);
        var optimize = new TableOptimize(_store, _options, options, files, _committer);
        var planned = await RefreshAsync(cancellation);
        Features.RequireWritable(planned.Protocol, planned.Metadata, planned.Schema);
        foreach (var bin in TableOptimize.Plan(planned, options))
        {
            // The newest state before each merge: one that was planned long ago meets every commit made since.
            var snapshot = await optimize.MergeAsync(await RefreshAsync(cancellation), bin, cancellation);
            await TakeInAsync(snapshot, cancellation);
        }

        return new OptimizeResult(
            optimize.FilesRemoved, optimize.FilesAdded, optimize.BytesRemoved, optimize.BytesAdded, optimize.BinsLost);
    }

    /// <summary>Deletes files that belong neither to the table nor to its recent past.</summary>
    /// <exception cref="DeltaException">The retention is below the table's and is not forced.</exception>
    public async Task<VacuumResult> VacuumAsync(VacuumOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new VacuumOptions();
        var snapshot = await RefreshAsync(cancellation);
        return await new TableVacuum(_store, snapshot, _options.Clock.GetUtcNow(), options)
            .RunAsync(options.DryRun, cancellation);
    }

    /// <summary>
    /// Deletes the part of the log that lies before the newest checkpoint older than <c>delta.logRetentionDuration</c>.
    /// </summary>
    /// <returns>How many files of the log were deleted.</returns>
    /// <exception cref="UnsupportedFeatureException">The table needs a feature for writing that is not had here.</exception>
    public async Task<int> CleanupAsync(CancellationToken cancellation = default)
    {
        var snapshot = _snapshot;
        Features.RequireWritable(snapshot.Protocol, snapshot.Metadata, snapshot.Schema);
        return await new LogCleanup(_store, _options.Clock).RunAsync(snapshot.Properties, cancellation);
    }

    public void Dispose()
    {
        _files.Dispose();
        _oneChange.Dispose();
        if (_ownsStore)
        {
            (_store as IDisposable)?.Dispose();
        }
    }

    /// <summary>A table at a location has a store of its own, which ends with it; a store that was given is the giver's.</summary>
    private static async Task<DeltaTable> AtAsync(
        string location,
        DeltaTableOptions? options,
        Func<ITableStore, Task<DeltaTable>> open)
    {
        var store = TableStores.At(location, options?.S3);
        try
        {
            var table = await open(store);
            table._ownsStore = true;
            return table;
        }
        catch
        {
            (store as IDisposable)?.Dispose();
            throw;
        }
    }

    private static async Task<DeltaTable?> TryOpenAsync(
        ITableStore store,
        DeltaTableOptions? options,
        CancellationToken cancellation)
    {
        var snapshot = await new LogReader(store).TryLoadAsync(null, cancellation);
        return snapshot is null ? null : new DeltaTable(store, options ?? new DeltaTableOptions(), snapshot);
    }

    /// <summary>Appends may have gone on meanwhile: the newer state stands.</summary>
    private async Task TakeInAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            _snapshot = snapshot.Version > _snapshot.Version ? snapshot : _snapshot;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private async Task<Snapshot> RefreshAloneAsync(CancellationToken cancellation)
    {
        if (IsStale())
        {
            _snapshot = await _reader.TryLoadAsync(null, cancellation)
                ?? throw new DeltaException($"The table at '{Location}' is gone.");
            _refreshedAt = _options.Clock.GetTimestamp();
        }
        else
        {
            _snapshot = await _reader.RefreshAsync(_snapshot, cancellation);
        }

        _isOutcomeUnknown = false;
        return _snapshot;
    }

    private bool IsStale() => _options.Clock.GetElapsedTime(_refreshedAt) >= ProbingMax;

    private async Task<(AppendResult Result, Snapshot Snapshot)> AppendAloneAsync(
        TableAppend append,
        IEnumerable<PartitionRows> partitions,
        CancellationToken cancellation)
    {
        try
        {
            foreach (var partition in partitions)
            {
                await append.WriteAsync(partition, _files, cancellation);
            }

            return await append.CommitAsync(_committer, cancellation);
        }
        catch (CommitUnknownException)
        {
            _isOutcomeUnknown = true;
            throw;
        }
        catch
        {
            await append.DiscardAsync();
            throw;
        }
    }

    /// <summary>What a commit brings with it now and then. The commit stands, whatever becomes of this.</summary>
    private async Task MaintainAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        if (!_options.CheckpointsItself
            || snapshot.Version % snapshot.Properties.CheckpointInterval != 0)
        {
            return;
        }

        try
        {
            await new CheckpointWriter(_store, _options.Clock).WriteAsync(snapshot, cancellation);
            await new LogCleanup(_store, _options.Clock).RunAsync(snapshot.Properties, cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _options.OnMaintenanceFault?.Invoke(fault);
        }
    }

    private AppendResult? AlreadyCommitted(AppendOptions options)
    {
        if (options.Txns.Count == 0)
        {
            return null;
        }

        var known = options.Txns.Count(txn => LatestTxn(txn.AppId) >= txn.Version);
        if (known == 0)
        {
            return null;
        }

        return known == options.Txns.Count
            ? new AppendResult(AppendOutcome.AlreadyCommitted, _snapshot.Version)
            : throw new DeltaException(
                $"Of {options.Txns.Count} transactions of one append the table at '{Location}' holds {known} already. "
                + "Rows that were committed together must be appended again together.");
    }
}
