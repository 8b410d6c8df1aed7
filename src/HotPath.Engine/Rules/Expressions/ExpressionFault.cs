namespace HotPath.Engine.Rules.Expressions;

/// <summary>What is wrong with an expression, and how to write it right.</summary>
/// <param name="At">The index of the character where it shows.</param>
internal sealed record ExpressionFault(int At, string Problem, string Cure);
