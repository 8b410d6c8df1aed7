using System.Runtime.InteropServices;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;

namespace HotPath.Outputs;

/// <summary>Which rows an output wants: by kind, and by globs over the rules' ids. Belongs to one task.</summary>
internal sealed class RowFilter(bool transitions, bool downtimes, IReadOnlyList<string> ruleGlobs, NameTables names)
{
    private readonly Glob[] _globs = [.. ruleGlobs.Select(glob => new Glob(glob))];
    private readonly Dictionary<int, bool> _byRuleWord = [];

    public bool Wants(ReadOnlySpan<byte> record)
    {
        var body = record[LedgerRecordHead.SizeBytes..];
        return LedgerSegment.HeadOf(record).Kind switch
        {
            LedgerRecordKind.Transition => transitions && WantsRule(MemoryMarshal.Read<TransitionBody>(body).RuleWord),
            LedgerRecordKind.Downtime => downtimes && WantsRule(MemoryMarshal.Read<DowntimeBody>(body).RuleWord),
            _ => false,
        };
    }

    private bool WantsRule(int ruleWord)
    {
        ref var wanted = ref CollectionsMarshal.GetValueRefOrAddDefault(_byRuleWord, ruleWord, out var isKnown);
        if (!isKnown)
        {
            wanted = Array.Exists(_globs, glob => glob.Matches(names.Words.Utf8(ruleWord)));
        }

        return wanted;
    }
}
