using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Native;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Saving;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// All shards of an engine with their outputs and the catalog of their rules: empty, or as a snapshot says. Cold; made by
/// one thread before the shards' own start.
/// </summary>
internal sealed class ShardSet : IDisposable
{
    private ShardSet(EngineOptions options, NameTables names)
    {
        Rules = new RuleCatalog(names, options.RulesMemoryBytesMax);
        Outputs = [.. Enumerable.Range(0, options.ShardCount).Select(_ => new ShardOutput())];
        Shards =
        [
            .. Outputs.Select((output, shard) => new ShardProcessor(shard, options.ShardCount, names, Rules, output)),
        ];
    }

    public RuleCatalog Rules { get; }

    public ShardOutput[] Outputs { get; }

    public ShardProcessor[] Shards { get; }

    /// <summary>The documents that the snapshot names, oldest first; the last one is in force.</summary>
    public List<RulesInForce> History { get; } = [];

    public static ShardSet Empty(EngineOptions options, NameTables names) => new(options, names);

    /// <summary>Whatever number of shards wrote the snapshot, so many go on from it.</summary>
    /// <exception cref="SavedStateException">It is not whole, or does not fit; nothing is left of the try.</exception>
    public static ShardSet Load(SnapshotManifest manifest, IDisk disk, EngineOptions options, NameTables names)
    {
        var set = new ShardSet(options, names);
        try
        {
            set.Load(manifest, disk, names);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var shard in Shards)
        {
            shard.Dispose();
        }

        foreach (var output in Outputs)
        {
            output.Dispose();
        }
    }

    private void Load(SnapshotManifest manifest, IDisk disk, NameTables names)
    {
        CheckNames(manifest, names);
        AddRules(manifest);
        var hasBegun = false;
        foreach (var shard in manifest.Shards)
        {
            hasBegun |= LoadFile(disk, shard, manifest.Lsn);
        }

        if (!hasBegun)
        {
            throw new SavedStateException("no file begins a shard's state");
        }

        foreach (var shard in Shards)
        {
            shard.EndLoad();
        }
    }

    private static void CheckNames(SnapshotManifest manifest, NameTables names)
    {
        var counts = names.All.Select(directory => directory.Count).ToArray();
        if (manifest.NameCounts.Length != counts.Length || manifest.NameCounts.Where((count, at) => count > counts[at]).Any())
        {
            throw new SavedStateException("it uses names that the names file does not hold");
        }
    }

    private void AddRules(SnapshotManifest manifest)
    {
        foreach (var rules in manifest.Rules)
        {
            if (!RuleDocument.TryParse(rules.Text, out var document, out var faults)
                || !Rules.TryAdd(rules.Version, document, rules.AppliedAtMicros, out faults, isRecovered: true))
            {
                throw new SavedStateException($"rule version {rules.Version} was accepted once and is refused now: {faults[0]}");
            }

            History.Add(new RulesInForce(rules.Version, rules.Lsn, rules.AppliedAtMicros, document));
        }
    }

    /// <returns>Whether it was the first shard's, which holds what all shards share.</returns>
    private bool LoadFile(IDisk disk, SnapshotShard file, long lsn)
    {
        using var reader = new SnapshotFileReader(disk, file, lsn);
        var hasBegun = false;
        var hasEnded = false;
        while (reader.TryRead(out var part, out var plain))
        {
            switch (part)
            {
                case SavePart.Head when SavedHead.Read(plain) is var head && head.Lsn == lsn:
                    Shards[0].Counters.Add(head.Counters);
                    hasBegun = head.Shard == 0;
                    if (hasBegun)
                    {
                        Begin(head);
                    }

                    break;
                case SavePart.Machines:
                    foreach (var shard in Shards)
                    {
                        shard.LoadMachines(plain);
                    }

                    break;
                case SavePart.End:
                    hasEnded = true;
                    break;
                default:
                    throw new SavedStateException($"{file.File} holds a part {part} that does not belong there");
            }
        }

        return hasEnded ? hasBegun : throw new SavedStateException($"{file.File} has no end");
    }

    private void Begin(SavedHead head)
    {
        foreach (var shard in Shards)
        {
            shard.BeginLoad(head);
        }
    }
}
