namespace HotPath.Engine.Rules.Expressions;

/// <summary>A node of a parsed expression (RULES.md, "Values and expressions"). Immutable; any thread.</summary>
/// <param name="Kind">What its value is whenever it is known.</param>
internal abstract record Expression(ExpressionKind Kind)
{
    /// <summary>As it is named in messages.</summary>
    public string KindShown => Shown(Kind);

    public static string Shown(ExpressionKind kind) => kind switch
    {
        ExpressionKind.Number => "a number",
        ExpressionKind.Text => "a text",
        ExpressionKind.Bool => "a condition",
        _ => "a tag",
    };
}

internal sealed record NumberLiteral(double Value) : Expression(ExpressionKind.Number);

internal sealed record StringLiteral(string Value) : Expression(ExpressionKind.Text);

internal sealed record BoolLiteral(bool Value) : Expression(ExpressionKind.Bool);

/// <summary>The latest value of a tag.</summary>
internal sealed record TagValue(string Tag) : Expression(ExpressionKind.Any);

/// <summary><c>stale(tag, width)</c>.</summary>
internal sealed record StaleTest(string Tag, long WidthMicros) : Expression(ExpressionKind.Bool);

/// <summary>A function over the trailing window of a tag.</summary>
internal sealed record WindowValue(WindowFunction Function, string Tag, long WidthMicros) : Expression(ExpressionKind.Number);

internal sealed record Unary(UnaryOperator Operator, Expression Operand)
    : Expression(Operator == UnaryOperator.Not ? ExpressionKind.Bool : ExpressionKind.Number);

internal sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right)
    : Expression(Operator < BinaryOperator.Add ? ExpressionKind.Bool : ExpressionKind.Number);

/// <summary><c>left in [items]</c>.</summary>
internal sealed record Membership(Expression Left, IReadOnlyList<Expression> Items) : Expression(ExpressionKind.Bool);

internal enum ExpressionKind
{
    /// <summary>A tag: whatever its readings hold.</summary>
    Any,
    Number,
    Text,
    Bool,
}

internal enum UnaryOperator
{
    Not,
    Negate,
}

/// <summary>Arithmetic stands last: what is before <see cref="Add"/> gives a condition.</summary>
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
