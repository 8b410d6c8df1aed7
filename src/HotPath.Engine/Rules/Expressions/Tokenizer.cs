using System.Text.Json;

namespace HotPath.Engine.Rules.Expressions;

/// <summary>
/// Cuts an expression into tokens.
/// <code>
/// duration = digits ["." digits] ("us"|"ms"|"s"|"m"|"h"|"d"), no letter, digit or _ behind it
/// number   = digits ["." digits] [("e"|"E") ["+"|"-"] digits]
/// string   = a JSON string
/// quoted   = "`" one or more of anything but "`" "`"
/// name     = [A-Za-z_][A-Za-z0-9_]*
/// symbol   = == != &lt;= &gt;= &amp;&amp; || - + * / ( ) &lt; &gt; ! , [ ] and or not in true false
/// </code>
/// </summary>
internal sealed class Tokenizer(string text)
{
    private static readonly string[] Symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "-", "+", "*", "/", "(", ")", "<", ">", "!", ",", "[", "]"];

    private static readonly string[] Units = ["us", "ms", "s", "m", "h", "d"];

    private readonly List<Token> _tokens = [];
    private int _at;

    public static bool TryRead(string text, out List<Token> tokens, out ExpressionFault? fault)
    {
        var tokenizer = new Tokenizer(text);
        fault = tokenizer.Read();
        tokens = tokenizer._tokens;
        return fault is null;
    }

    private ExpressionFault? Read()
    {
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            if (_at == text.Length)
            {
                _tokens.Add(new Token(TokenKind.End, "", _at));
                return null;
            }

            if (_tokens.Count == RuleLimits.ExpressionTermsMax)
            {
                return new ExpressionFault(_at, $"the expression has more than {RuleLimits.ExpressionTermsMax:N0} words", "split it into several cases of the same state");
            }

            if (ReadToken() is { } fault)
            {
                return fault;
            }
        }
    }

    private ExpressionFault? ReadToken()
    {
        var first = text[_at];
        if (char.IsAsciiDigit(first))
        {
            ReadNumber();
            return null;
        }

        if (first == '"')
        {
            return ReadString();
        }

        if (first == '`')
        {
            return ReadQuotedName();
        }

        if (char.IsAsciiLetter(first) || first == '_')
        {
            ReadName();
            return null;
        }

        return ReadSymbol();
    }

    private void ReadNumber()
    {
        var end = DigitsEnd(_at);
        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
        {
            end = DigitsEnd(end + 1);
        }

        foreach (var unit in Units)
        {
            var unitEnd = end + unit.Length;
            if (text.AsSpan(end).StartsWith(unit, StringComparison.Ordinal) && !IsNameChar(unitEnd))
            {
                Add(TokenKind.Duration, unitEnd);
                return;
            }
        }

        if (end < text.Length && text[end] is 'e' or 'E')
        {
            var digits = end + 1 < text.Length && text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            end = digits < text.Length && char.IsAsciiDigit(text[digits]) ? DigitsEnd(digits) : end;
        }

        Add(TokenKind.Number, end);
    }

    private ExpressionFault? ReadString()
    {
        var end = _at + 1;
        while (end < text.Length && text[end] != '"')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        if (end >= text.Length)
        {
            return new ExpressionFault(_at, "this string has no end", "close it with \"");
        }

        string value;
        try
        {
            value = JsonSerializer.Deserialize(text.AsSpan(_at, end + 1 - _at), StringJson.Default.String)!;
        }
        catch (JsonException)
        {
            return new ExpressionFault(
                _at, "this string has an escape or character that JSON does not allow", "write \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u00e9");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(value) > RuleLimits.StringLiteralBytesMax)
        {
            return new ExpressionFault(_at, $"this string is longer than {RuleLimits.StringLiteralBytesMax} bytes of UTF-8", "write a shorter one");
        }

        _tokens.Add(new Token(TokenKind.String, value, _at));
        _at = end + 1;
        return null;
    }

    private ExpressionFault? ReadQuotedName()
    {
        var length = text.AsSpan(_at + 1).IndexOf('`');
        if (length <= 0)
        {
            return length < 0
                ? new ExpressionFault(_at, "this tag has no end", "close it with `")
                : new ExpressionFault(_at, "there is no name between the backticks", "write a tag, such as `Motor/Temp.PV`");
        }

        _tokens.Add(new Token(TokenKind.QuotedName, text.Substring(_at + 1, length), _at));
        _at += length + 2;
        return null;
    }

    private void ReadName()
    {
        var end = _at;
        while (IsNameChar(end))
        {
            end++;
        }

        var isWord = text[_at..end] is "and" or "or" or "not" or "in" or "true" or "false";
        Add(isWord ? TokenKind.Symbol : TokenKind.Name, end);
    }

    private ExpressionFault? ReadSymbol()
    {
        foreach (var symbol in Symbols)
        {
            if (text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                Add(TokenKind.Symbol, _at + symbol.Length);
                return null;
            }
        }

        var advice = text[_at] switch
        {
            '=' => "to compare, write ==",
            '\'' => "a string stands in double quotes",
            '&' => "write and, or &&",
            '|' => "write or, or ||",
            '.' => "a number begins with a digit (0.5); a tag with a dot in its name stands in backticks (`Motor.PV`)",
            _ => "a tag with such a character in its name stands in backticks (`Motor/Temp.PV`)",
        };
        return new ExpressionFault(_at, $"\"{text[_at]}\" has no meaning here", advice);
    }

    private void Add(TokenKind kind, int end)
    {
        var written = text[_at..end];
        var word = written switch
        {
            "and" => "&&",
            "or" => "||",
            "not" => "!",
            _ => written,
        };
        _tokens.Add(new Token(kind, word, _at));
        _at = end;
    }

    private int DigitsEnd(int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at;
    }

    private bool IsNameChar(int at) => at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_');
}
