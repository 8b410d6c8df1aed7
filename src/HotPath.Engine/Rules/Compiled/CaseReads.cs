using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// How a case reads its tags. A tag that it only compares with literals, joined by and, or, not, can change the
/// verdict only where one of these comparisons flips; of any other tag every change counts. Cold; one thread.
/// </summary>
internal sealed class CaseReads
{
    private readonly List<SimpleCase> _comparisons = [];
    private readonly List<Expression> _others = [];

    private CaseReads(RuleCase ruleCase)
    {
        foreach (var condition in RuleWords.ExpressionsOf(ruleCase))
        {
            Read(condition);
        }

        var changing = _others.Select(RuleWords.TagOf).ToHashSet(StringComparer.Ordinal);
        foreach (var comparison in _comparisons.Where(comparison => changing.Contains(comparison.Tag)))
        {
            // Its value is read there as well, and may go stale.
            _others.Add(new TagValue(comparison.Tag));
        }

        _comparisons.RemoveAll(comparison => changing.Contains(comparison.Tag));
    }

    /// <summary>All that the case reads of the tags that it only compares.</summary>
    public IReadOnlyList<SimpleCase> Comparisons => _comparisons;

    /// <summary>What reads the other tags.</summary>
    public IReadOnlyList<Expression> Others => _others;

    public static CaseReads Of(RuleCase ruleCase) => new(ruleCase);

    // A verdict is a function of the verdicts that it joins, so it cannot flip while none of them does.
    private void Read(Expression condition)
    {
        switch (condition)
        {
            case Binary { Operator: BinaryOperator.And or BinaryOperator.Or } joined:
                Read(joined.Left);
                Read(joined.Right);
                break;
            case Unary { Operator: UnaryOperator.Not } negated:
                Read(negated.Operand);
                break;
            default:
                if (SimpleCase.TryRead(condition, out var comparison))
                {
                    _comparisons.Add(comparison);
                }
                else
                {
                    _others.AddRange(RuleWords.Walk(condition).Where(node => RuleWords.TagOf(node) is not null));
                }

                break;
        }
    }
}
