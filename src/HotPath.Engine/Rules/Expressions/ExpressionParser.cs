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

    public static bool TryParse(string text, out Expression expression, out ExpressionFault? fault)
    {
        expression = new BoolLiteral(false);
        if (!Tokenizer.TryRead(text, out var tokens, out fault))
        {
            return false;
        }

        var parser = new ExpressionParser(tokens);
        expression = parser.Either();
        if (parser._fault is null && parser.Next.Kind != TokenKind.End)
        {
            parser.FailBehindTheEnd();
        }

        fault = parser._fault;
        return fault is null;
    }

    private Expression Either()
    {
        var left = Both();
        while (Takes("||"))
        {
            left = new Binary(BinaryOperator.Or, left, Both());
        }

        return left;
    }

    private Expression Both()
    {
        var left = Negation();
        while (Takes("&&"))
        {
            left = new Binary(BinaryOperator.And, left, Negation());
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
            return new Unary(UnaryOperator.Not, Negation());
        });
    }

    private Expression Comparison()
    {
        var left = Sum();
        if (Takes("in"))
        {
            return new Membership(left, Items());
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
        return new Binary(comparison.Value, left, Sum());
    }

    private List<Expression> Items()
    {
        Expect("[", "a list such as [\"A\", \"B\"] stands behind in");
        List<Expression> items = [Sum()];
        while (Takes(","))
        {
            items.Add(Sum());
        }

        Expect("]", "close the list with ]");
        return items;
    }

    private Expression Sum()
    {
        var left = Product();
        while (Next.Is("+") || Next.Is("-"))
        {
            var sum = Next.Is("+") ? BinaryOperator.Add : BinaryOperator.Subtract;
            _at++;
            left = new Binary(sum, left, Product());
        }

        return left;
    }

    private Expression Product()
    {
        var left = Factor();
        while (Next.Is("*") || Next.Is("/"))
        {
            var product = Next.Is("*") ? BinaryOperator.Multiply : BinaryOperator.Divide;
            _at++;
            left = new Binary(product, left, Factor());
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
                    return new Unary(UnaryOperator.Negate, Factor());
                });
            case TokenKind.Symbol when token.Text is "(":
                return Deeper(Parenthesis);
            case TokenKind.Duration:
                return Fail(token.At, $"\"{token.Text}\" is a duration; it stands only as the second argument of a function");
            default:
                return Fail(token.At, $"a tag, number, string or parenthesis must stand here, not {token.Shown}");
        }
    }

    private Expression Parenthesis()
    {
        var opening = Next;
        _at++;
        var inner = Either();
        Expect(")", $"the parenthesis at character {opening.At + 1} is not closed: write )");
        return inner;
    }

    private Expression Number(Token token)
    {
        var value = double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value)
            ? new NumberLiteral(value)
            : Fail(token.At, $"{token.Text} is greater than any number can be (1.7e308)");
    }

    private Expression Tag(Token token) => IsName(token) ? new TagValue(token.Text) : Fail(token.At, TagTooLong);

    private Expression Function(Token name)
    {
        var function = Array.IndexOf(Functions, name.Text);
        if (function < 0)
        {
            var nearest = OtherNames.GetValueOrDefault(name.Text) ?? NearestWord.Find(name.Text, Functions);
            return Fail(name.At, $"there is no function {name.Text}; " + (nearest is null
                ? $"there are {string.Join(", ", Functions)}"
                : $"did you mean {nearest}?"));
        }

        _at++;
        var tag = Next;
        if (tag.Kind is not (TokenKind.Name or TokenKind.QuotedName) || !IsName(tag))
        {
            return Fail(tag.At, $"{name.Text}() takes a tag first: {name.Text}(temperature, 10m)");
        }

        _at++;
        Expect(",", $"{name.Text}() takes a tag and a duration: {name.Text}(temperature, 10m)");
        var width = Next;
        if (_fault is null && (width.Kind != TokenKind.Duration || !Duration.TryParse(width.Text, out _)))
        {
            return Fail(width.At, $"{name.Text}() takes a duration second; {Duration.HowToWrite}");
        }

        _at += _fault is null ? 1 : 0;
        Expect(")", $"close {name.Text}( with )");
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
            : Fail(width.At, $"the window of {name.Text}() must be longer than 0");
    }

    private Expression Deeper(Func<Expression> part)
    {
        if (_depth == RuleLimits.ExpressionDepthMax)
        {
            return Fail(Next.At, $"parentheses, not and - stand more than {RuleLimits.ExpressionDepthMax} deep within one another");
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
            Fail(Next.At, $"\"{symbol}\" must stand here, not {Next.Shown}: {advice}");
        }
    }

    private void FailBehindTheEnd()
    {
        var isComparison = Next.Kind == TokenKind.Symbol && Next.Text is "==" or "!=" or "<" or "<=" or ">" or ">=" or "in";
        Fail(Next.At, isComparison
            ? "comparisons cannot be chained: write a < b and b < c"
            : $"{Next.Shown} cannot stand here: an operator such as and, or, == is missing before it");
    }

    // The rest is skipped, so that one fault is reported once, at its place.
    private BoolLiteral Fail(int at, string message)
    {
        _fault ??= new ExpressionFault(at, message);
        _at = _tokens.Count - 1;
        return new BoolLiteral(false);
    }

    private static bool IsName(Token token) =>
        System.Text.Encoding.UTF8.GetByteCount(token.Text) <= EngineLimits.NameBytesMax;

    private const string TagTooLong = "a tag is at most 256 bytes of UTF-8";
}
