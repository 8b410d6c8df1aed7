using HotPath.Engine.Rules;

namespace HotPath.Engine.Snapshots;

/// <summary>
/// Which rule document came into force at which LSN: as far back as records that are still kept were made with it. Any
/// cold thread; a lock orders them.
/// </summary>
internal sealed class RuleHistory
{
    private readonly Lock _gate = new();
    private readonly List<RulesInForce> _entries = [];

    /// <summary>The last one; null before the first document.</summary>
    public RulesInForce? Last
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count == 0 ? null : _entries[^1];
            }
        }
    }

    public void Add(RulesInForce rules)
    {
        lock (_gate)
        {
            Invariant.Holds(_entries.Count == 0 || _entries[^1].Version < rules.Version, "versions count upwards");
            _entries.Add(rules);
        }
    }

    public void AddRange(IEnumerable<RulesInForce> rules)
    {
        foreach (var one in rules)
        {
            Add(one);
        }
    }

    /// <summary>What was in force anywhere from one LSN to another, oldest first.</summary>
    public List<RulesInForce> Between(long lsnFrom, long lsnTo)
    {
        lock (_gate)
        {
            var upTo = _entries.FindAll(entry => entry.Lsn <= lsnTo);
            var first = Math.Max(0, upTo.FindLastIndex(entry => entry.Lsn <= lsnFrom));
            return upTo[first..];
        }
    }

    /// <summary>Nothing below this LSN is kept any longer.</summary>
    /// <returns>The oldest version that is still known; 0 when there is none.</returns>
    public long ForgetBelow(long lsn)
    {
        lock (_gate)
        {
            var inForce = _entries.FindLastIndex(entry => entry.Lsn <= lsn);
            if (inForce > 0)
            {
                _entries.RemoveRange(0, inForce);
            }

            return _entries.Count == 0 ? RuleCatalog.NoVersion : _entries[0].Version;
        }
    }
}

/// <summary>A document, and since when it counts.</summary>
internal sealed record RulesInForce(long Version, long Lsn, long AppliedAtMicros, RuleDocument Document);
