namespace HotPath.Engine.Rules.Expressions;

/// <summary>What is wrong with an expression. <paramref name="At"/> is the index of the character where it shows.</summary>
internal sealed record ExpressionFault(int At, string Message);
