namespace HotPath;

/// <summary>The rules are faulty, and there are no earlier ones that could stay in force.</summary>
internal sealed class RulesRefusedException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
