using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HotPath.TestKit.Reference;

/// <summary>What an expression asks of the world: null is unknown.</summary>
internal interface IReferenceTags
{
    object? ValueOf(string tag);

    object? IsStale(string tag, long widthMicros);

    object? WindowOf(string function, string tag, long widthMicros);
}

/// <summary>
/// An expression of RULES.md as a closure over the world, for the reference model. Values are double, string, bool, or
/// null for unknown. Trusts that the text is valid.
/// </summary>
internal sealed partial class ReferenceExpression
{
    private readonly List<string> _words;
    private int _at;

    private ReferenceExpression(string text) =>
        _words = [.. Words().Matches(text).Select(match => match.Value.Trim()).Where(word => word.Length > 0), ""];

    /// <summary>Every tag read in any way, and how: "", "stale" or the name of a window function.</summary>
    public HashSet<(string Function, string Tag, long WidthMicros)> Uses { get; } = [];

    public Func<IReferenceTags, object?> Value { get; private set; } = _ => null;

    public static ReferenceExpression Read(string text)
    {
        var expression = new ReferenceExpression(text);
        expression.Value = expression.Or();
        return expression;
    }

    public static long Micros(string duration)
    {
        var match = Durations().Match(duration);
        var unit = match.Groups[2].Value switch
        {
            "us" => 1L,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => 86_400_000_000,
        };
        return (long)Math.Round(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * unit);
    }

    [GeneratedRegex("""\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\d+(?:\.\d+)?(?:us|ms|s|m|h|d)\b|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\w+|==|!=|<=|>=|&&|\|\||.)""")]
    private static partial Regex Words();

    [GeneratedRegex("""^([\d.]+)(us|ms|s|m|h|d)$""")]
    private static partial Regex Durations();

    private bool Takes(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (_words[_at] == word)
            {
                _at++;
                return true;
            }
        }

        return false;
    }

    private Func<IReferenceTags, object?> Or()
    {
        var left = And();
        while (Takes("or", "||"))
        {
            var (a, b) = (left, And());
            left = world => (a(world) as bool?, b(world) as bool?) switch
            {
                (true, _) or (_, true) => true,
                (false, false) => false,
                _ => null,
            };
        }

        return left;
    }

    private Func<IReferenceTags, object?> And()
    {
        var left = Not();
        while (Takes("and", "&&"))
        {
            var (a, b) = (left, Not());
            left = world => (a(world) as bool?, b(world) as bool?) switch
            {
                (false, _) or (_, false) => false,
                (true, true) => true,
                _ => null,
            };
        }

        return left;
    }

    private Func<IReferenceTags, object?> Not()
    {
        if (!Takes("not", "!"))
        {
            return Comparison();
        }

        var operand = Not();
        return world => operand(world) is bool value ? !value : null;
    }

    private Func<IReferenceTags, object?> Comparison()
    {
        var left = Sum();
        if (Takes("in"))
        {
            return In(left);
        }

        var word = _words[_at];
        if (!Takes("==", "!=", "<", "<=", ">", ">="))
        {
            return left;
        }

        var right = Sum();
        return word switch
        {
            "==" => world => Same(left(world), right(world)),
            "!=" => world => Same(left(world), right(world)) is bool same ? !same : null,
            _ => world => left(world) is double a && right(world) is double b ? Compare(word, a, b) : null,
        };
    }

    private Func<IReferenceTags, object?> In(Func<IReferenceTags, object?> left)
    {
        List<Func<IReferenceTags, object?>> items = [];
        Takes("[");
        do
        {
            items.Add(Sum());
        }
        while (Takes(","));
        Takes("]");
        return world =>
        {
            var verdicts = items.ConvertAll(item => Same(left(world), item(world)));
            return verdicts.Contains(true) ? true : verdicts.Contains(null) ? null : false;
        };
    }

    private Func<IReferenceTags, object?> Sum()
    {
        var left = Product();
        while (_words[_at] is "+" or "-")
        {
            var sign = _words[_at++] == "+" ? 1 : -1;
            var (a, b) = (left, Product());
            left = world => a(world) is double x && b(world) is double y ? Finite(sign > 0 ? x + y : x - y) : null;
        }

        return left;
    }

    private Func<IReferenceTags, object?> Product()
    {
        var left = Factor();
        while (_words[_at] is "*" or "/")
        {
            var isProduct = _words[_at++] == "*";
            var (a, b) = (left, Factor());
            left = world => a(world) is double x && b(world) is double y
                ? isProduct ? Finite(x * y) : y == 0 ? null : Finite(x / y)
                : null;
        }

        return left;
    }

    private Func<IReferenceTags, object?> Factor()
    {
        var word = _words[_at++];
        if (word == "(")
        {
            var inner = Or();
            Takes(")");
            return inner;
        }

        if (word == "-")
        {
            var operand = Factor();
            return world => operand(world) is double value ? -value : null;
        }

        if (word is "true" or "false")
        {
            return _ => word == "true";
        }

        if (word[0] == '"')
        {
            var text = JsonSerializer.Deserialize<string>(word);
            return _ => text;
        }

        if (char.IsAsciiDigit(word[0]))
        {
            var number = double.Parse(word, CultureInfo.InvariantCulture);
            return _ => number;
        }

        return _words[_at] == "(" && word[0] != '`' ? Function(word) : Tag(word.Trim('`'));
    }

    private Func<IReferenceTags, object?> Tag(string tag)
    {
        Uses.Add(("", tag, 0));
        return world => world.ValueOf(tag);
    }

    private Func<IReferenceTags, object?> Function(string name)
    {
        Takes("(");
        var tag = _words[_at++].Trim('`');
        Takes(",");
        var width = Micros(_words[_at++]);
        Takes(")");
        Uses.Add((name, tag, width));
        return name == "stale" ? world => world.IsStale(tag, width) : world => world.WindowOf(name, tag, width);
    }

    private static bool? Same(object? left, object? right) =>
        left is null || right is null || left.GetType() != right.GetType() ? null : left.Equals(right);

    private static bool Compare(string word, double left, double right) => word switch
    {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    };

    private static object? Finite(double value) => double.IsFinite(value) ? value : null;
}
