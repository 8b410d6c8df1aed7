using System.Collections.Immutable;

namespace HotPath.Delta.Log;

/// <summary>
/// Applies checkpoints and commits, oldest first, to the state of a table: later actions stand over earlier ones.
/// Owned by one thread.
/// </summary>
internal sealed class SnapshotBuilder
{
    private readonly ImmutableDictionary<string, LiveFile>.Builder _files;
    private readonly ImmutableDictionary<string, Remove>.Builder _tombstones;
    private readonly ImmutableDictionary<string, Txn>.Builder _txns;
    private readonly ImmutableDictionary<string, DomainMetadata>.Builder _domains;
    private Protocol? _protocol;
    private Metadata? _metadata;
    private CommitInfo? _commitInfo;
    private long _ordinalNext;
    private long _bytes;

    /// <param name="earlier">Where to go on from; null for a table that is read from its beginning.</param>
    public SnapshotBuilder(SnapshotState? earlier = null)
    {
        _files = (earlier?.Files ?? ImmutableDictionary<string, LiveFile>.Empty).ToBuilder();
        _tombstones = (earlier?.Tombstones ?? ImmutableDictionary<string, Remove>.Empty).ToBuilder();
        _txns = (earlier?.Txns ?? ImmutableDictionary<string, Txn>.Empty).ToBuilder();
        _domains = (earlier?.Domains ?? ImmutableDictionary<string, DomainMetadata>.Empty).ToBuilder();
        (_protocol, _metadata, _commitInfo) = (earlier?.Protocol, earlier?.Metadata, earlier?.LastCommitInfo);
        _ordinalNext = earlier?.OrdinalNext ?? 0;
        _bytes = earlier?.Bytes ?? 0;
    }

    public void Apply(ActionSet actions)
    {
        _protocol = actions.Protocol ?? _protocol;
        _metadata = actions.Metadata ?? _metadata;
        _commitInfo = actions.CommitInfo;
        foreach (var txn in actions.Txns)
        {
            _txns[txn.AppId] = txn;
        }

        foreach (var domain in actions.Domains)
        {
            if (domain.Removed)
            {
                _domains.Remove(domain.Domain);
            }
            else
            {
                _domains[domain.Domain] = domain;
            }
        }

        // Within one commit no key is both added and removed, so the order of the two loops does not matter.
        foreach (var remove in actions.Removes)
        {
            var key = remove.Key;
            if (_files.TryGetValue(key, out var live))
            {
                _bytes -= live.Add.Size;
                _files.Remove(key);
            }

            _tombstones[key] = remove;
        }

        foreach (var add in actions.Adds)
        {
            var key = add.Key;
            _tombstones.Remove(key);

            // A file that is added again (statistics recomputed) keeps its place.
            var isKnown = _files.TryGetValue(key, out var live);
            _bytes += add.Size - (isKnown ? live.Add.Size : 0);
            _files[key] = new LiveFile(add, isKnown ? live.Ordinal : _ordinalNext++);
        }
    }

    /// <exception cref="DeltaException">The log never said what the table's protocol or metadata is.</exception>
    public Snapshot Build(long version, string location)
    {
        if (_protocol is null || _metadata is null)
        {
            var missing = _protocol is null ? "protocol" : "metaData";
            throw new DeltaException(
                $"The log of the table at '{location}' holds no {missing} action up to version {version}: it is damaged.");
        }

        Features.RequireReadable(_protocol);
        return new Snapshot(new SnapshotState
        {
            Version = version,
            Protocol = _protocol,
            Metadata = _metadata,
            Files = _files.ToImmutable(),
            Tombstones = _tombstones.ToImmutable(),
            Txns = _txns.ToImmutable(),
            Domains = _domains.ToImmutable(),
            OrdinalNext = _ordinalNext,
            Bytes = _bytes,
            LastCommitInfo = _commitInfo,
        });
    }
}
