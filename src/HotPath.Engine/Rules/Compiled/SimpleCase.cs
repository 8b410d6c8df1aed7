using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// A condition, or a part of one, that compares one tag with literals: <c>tag</c>, <c>tag op literal</c>, <c>literal op tag</c>,
/// <c>tag in [literals]</c>. Its verdict depends on the kind of the value and on which side of the literals it lies.
/// </summary>
internal sealed record SimpleCase(string Tag, SimpleTest Test, IReadOnlyList<Expression> Literals)
{
    public static bool TryRead(Expression when, out SimpleCase simple)
    {
        simple = null!;
        switch (when)
        {
            case TagValue tag:
                simple = new SimpleCase(tag.Tag, SimpleTest.Equality, []);
                return true;
            case Membership { Left: TagValue tag } membership:
                var literals = membership.Items.Select(Literal).ToList();
                simple = new SimpleCase(tag.Tag, SimpleTest.Equality, [.. literals.OfType<Expression>()]);
                return !literals.Contains(null);
            case Binary { Left: TagValue tag } binary when Literal(binary.Right) is { } literal:
                return TryCompare(tag.Tag, binary.Operator, literal, out simple);
            case Binary { Right: TagValue tag } binary when Literal(binary.Left) is { } literal:
                return TryCompare(tag.Tag, Mirrored(binary.Operator), literal, out simple);
            default:
                return false;
        }
    }

    private static bool TryCompare(string tag, BinaryOperator comparison, Expression literal, out SimpleCase simple)
    {
        SimpleTest? test = comparison switch
        {
            BinaryOperator.Equal or BinaryOperator.NotEqual => SimpleTest.Equality,
            BinaryOperator.Greater or BinaryOperator.LessOrEqual when literal is NumberLiteral => SimpleTest.FlipsAtLow,
            BinaryOperator.GreaterOrEqual or BinaryOperator.Less when literal is NumberLiteral => SimpleTest.FlipsAtHigh,
            _ => null,
        };
        simple = new SimpleCase(tag, test ?? default, [literal]);
        return test is not null;
    }

    private static Expression? Literal(Expression expression) => expression switch
    {
        NumberLiteral or StringLiteral or BoolLiteral => expression,
        Unary { Operator: UnaryOperator.Negate, Operand: NumberLiteral number } => new NumberLiteral(-number.Value),
        _ => null,
    };

    private static BinaryOperator Mirrored(BinaryOperator comparison) => comparison switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => comparison,
    };
}

/// <summary>Where the verdict of a simple case flips.</summary>
internal enum SimpleTest
{
    /// <summary>At the literals, on both sides.</summary>
    Equality,

    /// <summary>`&gt;`, `&lt;=`: between values low and high when low &lt;= constant &lt; high.</summary>
    FlipsAtLow,

    /// <summary>`&gt;=`, `&lt;`: when low &lt; constant &lt;= high.</summary>
    FlipsAtHigh,
}
