namespace HotPath.Engine.Rules.Expressions;

/// <summary>A node of a parsed expression (RULES.md, "Values and expressions"). Immutable; any thread.</summary>
internal abstract record Expression;

internal sealed record NumberLiteral(double Value) : Expression;

internal sealed record StringLiteral(string Value) : Expression;

internal sealed record BoolLiteral(bool Value) : Expression;

/// <summary>The latest value of a tag.</summary>
internal sealed record TagValue(string Tag) : Expression;

/// <summary><c>stale(tag, width)</c>.</summary>
internal sealed record StaleTest(string Tag, long WidthMicros) : Expression;

/// <summary>A function over the trailing window of a tag.</summary>
internal sealed record WindowValue(WindowFunction Function, string Tag, long WidthMicros) : Expression;

internal sealed record Unary(UnaryOperator Operator, Expression Operand) : Expression;

internal sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right) : Expression;

/// <summary><c>left in [items]</c>.</summary>
internal sealed record Membership(Expression Left, IReadOnlyList<Expression> Items) : Expression;

internal enum UnaryOperator
{
    Not,
    Negate,
}

internal enum BinaryOperator
{
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

internal enum WindowFunction : byte
{
    Avg,
    Min,
    Max,
    Sum,
    Count,
    StdDev,
    Delta,
    Increase,
    ZScore,
}
