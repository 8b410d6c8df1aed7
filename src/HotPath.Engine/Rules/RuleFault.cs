namespace HotPath.Engine.Rules;

/// <summary>What is wrong with a rule document, where, and how to write it right. Line and column count from 1.</summary>
internal sealed record RuleFault(int Line, int Column, string Message)
{
    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}
