namespace HotPath.Engine.Rules;

/// <summary>What is wrong with a rule document, where, and how to write it right.</summary>
/// <param name="Line">Counts from 1.</param>
/// <param name="Column">Counts from 1, in characters.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Cure">How to write it right.</param>
/// <param name="Excerpt">Of an expression: the line where it shows, and a caret under the place.</param>
internal sealed record RuleFault(int Line, int Column, string Problem, string Cure, string? Excerpt = null)
{
    public string Message => Excerpt is null ? $"{Problem}: {Cure}" : $"{Problem}: {Cure}\n{Excerpt}";

    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}
