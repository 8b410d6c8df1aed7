namespace HotPath.Engine.Rules.Yaml;

/// <summary>A node of a YAML document that knows where it stands. Line and column count from 1. Immutable once read.</summary>
internal abstract class MarkedNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>What it is, for messages.</summary>
    public abstract string Sort { get; }
}

/// <summary>A scalar, as written: never coerced.</summary>
internal sealed class MarkedText(int line, int column, string value, bool isPlain, bool isOnOneLine)
    : MarkedNode(line, column)
{
    public string Value { get; } = value;

    /// <summary>Without quotes.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <summary>Each character stands where its index says (no line folding): a caret can be put under it.</summary>
    public bool IsOnOneLine { get; } = isOnOneLine;

    public override string Sort => "text";

    /// <summary>The column of a character of the value, as well as it can be known.</summary>
    public int ColumnOf(int index) => IsOnOneLine ? Column + index + (IsPlain ? 0 : 1) : Column;
}

internal sealed class MarkedList(int line, int column) : MarkedNode(line, column)
{
    public List<MarkedNode> Items { get; } = [];

    public override string Sort => "a list";
}

internal sealed class MarkedTable(int line, int column) : MarkedNode(line, column)
{
    public List<KeyValuePair<MarkedText, MarkedNode>> Entries { get; } = [];

    public override string Sort => "a table of keys";
}
