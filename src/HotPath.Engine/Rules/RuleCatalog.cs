using System.Collections.Concurrent;
using HotPath.Engine.Names;
using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Rules;

/// <summary>
/// Rule documents that were applied, compiled, by their versions, as far back as they are needed. Any thread may read; versions are added in their order,
/// by one thread at a time, each before the slot that names it is published. Refuses, as an outcome, a document whose
/// names do not fit into the directories, or whose rules need too much memory for the machines known now.
/// </summary>
internal sealed class RuleCatalog
{
    /// <summary>What is in force before the first document.</summary>
    public const long NoVersion = 0;

    private readonly NameTables _names;
    private readonly long _machineBytesMax;
    private readonly ConcurrentDictionary<long, CompiledRules> _compiled = new();

    // The version added last: what follows it has its classes, as far as it can.
    private CompiledRules _last;

    public RuleCatalog(NameTables names, long machineBytesMax = RuleLimits.MachineBytesMax)
    {
        _names = names;
        _machineBytesMax = machineBytesMax;
        _last = new CompiledRules(NoVersion, RuleDocument.Empty, names);
        _compiled[NoVersion] = _last;
    }

    /// <summary>Compiles a document, for the machines known now too, so that the shards find everything prepared.</summary>
    /// <param name="version">Counts applied documents from 1.</param>
    /// <param name="document">The document.</param>
    /// <param name="nowMicros">First seen, for names that are new.</param>
    /// <param name="faults">Why it was refused.</param>
    /// <param name="isRecovered">
    /// It was in force before: more machines are known by now than were then, and to refuse it would be to refuse to start.
    /// </param>
    public bool TryAdd(
        long version, RuleDocument document, long nowMicros, out IReadOnlyList<RuleFault> faults, bool isRecovered = false)
    {
        if (!RuleWords.TryIntern(document.Rules, _names, nowMicros, out var full))
        {
            faults = [NoRoom(full)];
            return false;
        }

        var compiled = new CompiledRules(version, document, _names, _last);
        if (MemoryFault(compiled) is { } fault && !isRecovered)
        {
            faults = [fault];
            return false;
        }

        compiled.PrepareChanges(_last);
        Invariant.Holds(_compiled.TryAdd(version, compiled), "a rule version is added once");
        _last = compiled;
        faults = [];
        return true;
    }

    /// <summary>
    /// Nobody asks for an older version any longer. A shard keeps the one it works with by itself, and every version that
    /// is still to take effect is younger than one in force.
    /// </summary>
    public void ForgetBelow(long version)
    {
        foreach (var known in _compiled.Keys)
        {
            if (known < version && known != NoVersion)
            {
                _compiled.TryRemove(known, out _);
            }
        }
    }

    public bool TryGet(long version, out CompiledRules compiled) => _compiled.TryGetValue(version, out compiled!);

    /// <summary>Whether a document would be taken now, and nothing more: no name of it is interned.</summary>
    public bool Fits(RuleDocument document, out IReadOnlyList<RuleFault> faults)
    {
        var scratch = new NameTables();
        if (!RuleWords.TryIntern(document.Rules, scratch, 0, out var full) || !_names.HaveRoomFor(scratch, out full))
        {
            faults = [NoRoom(full)];
            return false;
        }

        var fault = MemoryFault(new CompiledRules(NoVersion, document, scratch));
        faults = fault is null ? [] : [fault];
        return fault is null;
    }

    private static RuleFault NoRoom(NameSort full) => new(
        1, 1, $"the directory of names of sort {full} has no room for what the document names", "use names that are known already");

    private RuleFault? MemoryFault(CompiledRules compiled)
    {
        var machineBytes = 0L;
        for (var equipment = _names.Equipment.Count - 1; equipment >= 0; equipment--)
        {
            machineBytes += compiled.ClassOf(_names.Equipment.Utf8(equipment)).MachineBytes;
        }

        return machineBytes <= _machineBytesMax ? null : new RuleFault(
            1,
            1,
            $"the document needs {machineBytes:N0} bytes for the machines known now, and {_machineBytesMax:N0} are allowed",
            "cover fewer machines, or use fewer windows and rules; or allow more by rulesMemoryBytes in the configuration");
    }
}
