namespace HotPath.Engine.Rules.Expressions;

/// <summary>A word of an expression and where it stands.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int At)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>As it is named in messages.</summary>
    public string Shown => Kind == TokenKind.End ? "the end" : $"\"{Text}\"";
}

internal enum TokenKind
{
    /// <summary>An operator, bracket, comma, or one of the words and, or, not, in, true, false.</summary>
    Symbol,
    Number,
    Duration,
    String,
    /// <summary>A bare name: a tag, or a function before a parenthesis.</summary>
    Name,
    /// <summary>A tag in backticks, without them.</summary>
    QuotedName,
    End,
}
