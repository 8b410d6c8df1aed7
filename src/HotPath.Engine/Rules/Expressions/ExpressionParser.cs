using System.Globalization;
using HotPath.Engine.Rules.Yaml;

namespace HotPath.Engine.Rules.Expressions;

/// <summary>
/// Reads an expression. Any thread; never throws for what stands in the text.
/// <code>
/// either     = both {"or" both}
/// both       = negation {"and" negation}
/// negation   = "not" negation | comparison
/// comparison = sum [("=="|"!="|"&lt;"|"&lt;="|"&gt;"|"&gt;=") sum | "in" "[" sum {"," sum} "]"]
/// sum        = product {("+"|"-") product}
/// product    = factor {("*"|"/") factor}
/// factor     = number | string | "true" | "false" | "-" factor | "(" either ")" | tag | function "(" tag "," duration ")"
/// </code>
/// </summary>
internal sealed class ExpressionParser
{
    private static readonly string[] Functions =
        ["stale", "avg", "min", "max", "sum", "count", "stddev", "delta", "increase", "zscore"];

    // What other systems call them.
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["average"] = "avg",
        ["mean"] = "avg",
        ["minimum"] = "min",
        ["maximum"] = "max",
        ["std"] = "stddev",
        ["rate"] = "increase",
    };

    private readonly List<Token> _tokens;
    private int _at;
    private int _depth;
    private ExpressionFault? _fault;

    private ExpressionParser(List<Token> tokens) => _tokens = tokens;

    private Token Next => _tokens[_at];

    /// <param name="text">What was written.</param>
    /// <param name="expression">What it means.</param>
    /// <param name="wordCount">Its tags, literals, operators and brackets, and its end.</param>
    /// <param name="fault">The first thing that is wrong.</param>
    public static bool TryParse(string text, out Expression expression, out int wordCount, out ExpressionFault? fault)
    {
        expression = new BoolLiteral(false);
        wordCount = 0;
        if (!Tokenizer.TryRead(text, out var tokens, out fault))
        {
            return false;
        }

        var parser = new ExpressionParser(tokens);
        expression = parser.Truth(0, parser.Either());
        if (parser._fault is null && parser.Next.Kind != TokenKind.End)
        {
            parser.FailBehindTheEnd();
        }

        fault = parser._fault;
        wordCount = tokens.Count;
        return fault is null;
    }

    private Expression Either()
    {
        var at = Next.At;
        var left = Both();
        while (Takes("||"))
        {
            left = new Binary(BinaryOperator.Or, Truth(at, left), Truth(Next.At, Both()));
        }

        return left;
    }

    private Expression Both()
    {
        var at = Next.At;
        var left = Negation();
        while (Takes("&&"))
        {
            left = new Binary(BinaryOperator.And, Truth(at, left), Truth(Next.At, Negation()));
        }

        return left;
    }

    private Expression Negation()
    {
        if (!Next.Is("!"))
        {
            return Comparison();
        }

        return Deeper(() =>
        {
            _at++;
            return new Unary(UnaryOperator.Not, Truth(Next.At, Negation()));
        });
    }

    private Expression Comparison()
    {
        var at = Next.At;
        var left = Sum();
        if (Takes("in"))
        {
            return new Membership(left, Items(left.Kind));
        }

        BinaryOperator? comparison = Next.Kind != TokenKind.Symbol ? null : Next.Text switch
        {
            "==" => BinaryOperator.Equal,
            "!=" => BinaryOperator.NotEqual,
            "<" => BinaryOperator.Less,
            "<=" => BinaryOperator.LessOrEqual,
            ">" => BinaryOperator.Greater,
            ">=" => BinaryOperator.GreaterOrEqual,
            _ => null,
        };
        if (comparison is null)
        {
            return left;
        }

        _at++;
        var rightAt = Next.At;
        var right = Sum();
        if (comparison is BinaryOperator.Equal or BinaryOperator.NotEqual)
        {
            return new Binary(comparison.Value, left, Like(left.Kind, rightAt, right));
        }

        return new Binary(comparison.Value, Number(at, left), Number(rightAt, right));
    }

    private List<Expression> Items(ExpressionKind kind)
    {
        Expect("[", "write a list such as [\"A\", \"B\"] behind in");
        List<Expression> items = [];
        do
        {
            items.Add(Like(kind, Next.At, Sum()));
        }
        while (Takes(","));
        Expect("]", "close the list with ]");
        return items;
    }

    private Expression Sum()
    {
        var at = Next.At;
        var left = Product();
        while (Next.Is("+") || Next.Is("-"))
        {
            var sum = Next.Is("+") ? BinaryOperator.Add : BinaryOperator.Subtract;
            _at++;
            left = new Binary(sum, Number(at, left), Number(Next.At, Product()));
        }

        return left;
    }

    private Expression Product()
    {
        var at = Next.At;
        var left = Factor();
        while (Next.Is("*") || Next.Is("/"))
        {
            var product = Next.Is("*") ? BinaryOperator.Multiply : BinaryOperator.Divide;
            _at++;
            left = new Binary(product, Number(at, left), Number(Next.At, Factor()));
        }

        return left;
    }

    private Expression Factor()
    {
        var token = Next;
        switch (token.Kind)
        {
            case TokenKind.Number:
                _at++;
                return Number(token);
            case TokenKind.String:
                _at++;
                return new StringLiteral(token.Text);
            case TokenKind.QuotedName:
                _at++;
                return Tag(token);
            case TokenKind.Name:
                _at++;
                return Next.Is("(") ? Function(token) : Tag(token);
            case TokenKind.Symbol when token.Text is "true" or "false":
                _at++;
                return new BoolLiteral(token.Text == "true");
            case TokenKind.Symbol when token.Text is "-":
                return Deeper(() =>
                {
                    _at++;
                    return new Unary(UnaryOperator.Negate, Number(Next.At, Factor()));
                });
            case TokenKind.Symbol when token.Text is "(":
                return Deeper(Parenthesis);
            case TokenKind.Duration:
                return Fail(token.At, $"\"{token.Text}\" is a duration", "write one only as the second argument of a function, or as the value of for or clear");
            default:
                return Fail(token.At, $"{token.Shown} cannot stand here", "write a tag, a number, a string in double quotes, or a parenthesis");
        }
    }

    private Expression Parenthesis()
    {
        var opening = Next;
        _at++;
        var inner = Either();
        Expect(")", $"close the parenthesis of character {opening.At + 1}");
        return inner;
    }

    private Expression Number(Token token)
    {
        var value = double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value)
            ? new NumberLiteral(value)
            : Fail(token.At, $"{token.Text} is greater than any number can be", "write a number up to 1.7e308");
    }

    private Expression Tag(Token token) => IsName(token) ? new TagValue(token.Text) : FailLongTag(token.At);

    private Expression Function(Token name)
    {
        var function = Array.IndexOf(Functions, name.Text);
        if (function < 0)
        {
            var nearest = OtherNames.GetValueOrDefault(name.Text) ?? NearestWord.Find(name.Text, Functions);
            return Fail(name.At, $"there is no function {name.Text}", nearest is null
                ? $"there are {string.Join(", ", Functions)}"
                : $"did you mean {nearest}? There are {string.Join(", ", Functions)}");
        }

        _at++;
        var tag = Next;
        if (tag.Kind is not (TokenKind.Name or TokenKind.QuotedName))
        {
            return Fail(tag.At, $"{name.Text}() takes a tag first, not {tag.Shown}", HowToCall(name));
        }

        if (!IsName(tag))
        {
            return FailLongTag(tag.At);
        }

        _at++;
        Expect(",", $"{name.Text}() takes a tag and a duration, as in {name.Text}(temperature, 10m)");
        var width = Next;
        if (_fault is null && (width.Kind != TokenKind.Duration || !Duration.TryParse(width.Text, out _)))
        {
            return Fail(width.At, $"{name.Text}() takes a duration second, not {width.Shown}", Duration.HowToWrite);
        }

        _at += _fault is null ? 1 : 0;
        Expect(")", $"{name.Text}() takes a tag and a duration and nothing more");
        return _fault is null ? Function(name, function, tag.Text, width) : new BoolLiteral(false);
    }

    private Expression Function(Token name, int function, string tag, Token width)
    {
        _ = Duration.TryParse(width.Text, out var widthMicros);
        if (function == 0)
        {
            return new StaleTest(tag, widthMicros);
        }

        return widthMicros > 0
            ? new WindowValue((WindowFunction)(function - 1), tag, widthMicros)
            : Fail(width.At, $"the window of {name.Text}() must be longer than 0", HowToCall(name));
    }

    // What can only ever be unknown is a slip, and refused. Arguments are taken from left to right, so that the place
    // is read before the operand.
    private Expression Truth(int at, Expression operand) => operand.Kind is ExpressionKind.Any or ExpressionKind.Bool
        ? operand
        : Fail(at, $"{operand.KindShown} is neither true nor false", "compare it, as in temperature > 80");

    private Expression Number(int at, Expression operand) => operand.Kind is ExpressionKind.Any or ExpressionKind.Number
        ? operand
        : Fail(at, $"{operand.KindShown} is no number", "arithmetic and < <= > >= take numbers only; texts compare by == and !=");

    private Expression Like(ExpressionKind left, int at, Expression right) =>
        left == ExpressionKind.Any || right.Kind == ExpressionKind.Any || left == right.Kind
            ? right
            : Fail(at, $"{right.KindShown} never equals {Expression.Shown(left)}", "compare values of one kind");

    private Expression Deeper(Func<Expression> part)
    {
        if (_depth == RuleLimits.ExpressionDepthMax)
        {
            return Fail(Next.At, $"parentheses, not and - stand more than {RuleLimits.ExpressionDepthMax} deep within one another", "write it flatter, or split it into several cases of the same state");
        }

        _depth++;
        var expression = part();
        _depth--;
        return expression;
    }

    private bool Takes(string symbol)
    {
        if (_fault is not null || !Next.Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(string symbol, string advice)
    {
        if (!Takes(symbol) && _fault is null)
        {
            Fail(Next.At, $"\"{symbol}\" must stand here, not {Next.Shown}", advice);
        }
    }

    private void FailBehindTheEnd()
    {
        var isComparison = Next.Kind == TokenKind.Symbol && Next.Text is "==" or "!=" or "<" or "<=" or ">" or ">=" or "in";
        if (isComparison)
        {
            Fail(Next.At, "comparisons cannot be chained", "write a < b and b < c");
            return;
        }

        Fail(Next.At, $"{Next.Shown} cannot stand here", "write an operator such as and, or, == before it");
    }

    // The rest is skipped, so that one fault is reported once, at its place.
    private BoolLiteral Fail(int at, string problem, string cure)
    {
        _fault ??= new ExpressionFault(at, problem, cure);
        _at = _tokens.Count - 1;
        return new BoolLiteral(false);
    }

    private static bool IsName(Token token) =>
        System.Text.Encoding.UTF8.GetByteCount(token.Text) <= EngineLimits.NameBytesMax;

    private BoolLiteral FailLongTag(int at) =>
        Fail(at, $"this tag is longer than {EngineLimits.NameBytesMax} bytes of UTF-8", "no reading has such a tag; write a shorter one");

    private static string HowToCall(Token function) => $"write {function.Text}(temperature, 10m)";
}
