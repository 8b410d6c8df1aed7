namespace HotPath.Cli.Explain;

/// <summary>What is asked, and the last transition of each rule up to that time among those that were shown. One thread.</summary>
/// <param name="rule">Null = every rule.</param>
internal sealed class ExplainQuestion(string equipment, string? rule, long atMicros)
{
    private readonly SortedDictionary<string, ExplainedTransition> _latest = new(StringComparer.Ordinal);

    public string Equipment => equipment;

    public string? Rule => rule;

    public IReadOnlyCollection<ExplainedTransition> Answers => _latest.Values;

    /// <summary>Transitions of one rule may come in any order; of one instant and LSN the later one counts.</summary>
    public void Take(ExplainedTransition transition)
    {
        if (transition.AtMicros > atMicros || (rule is not null && transition.Rule != rule))
        {
            return;
        }

        if (!_latest.TryGetValue(transition.Rule, out var known)
            || (transition.AtMicros, transition.Lsn).CompareTo((known.AtMicros, known.Lsn)) >= 0)
        {
            _latest[transition.Rule] = transition;
        }
    }
}
