namespace HotPath.Engine.Rules.Yaml;

/// <summary>Collects the faults of one document, up to a limit.</summary>
internal sealed class FaultList(bool isJson)
{
    private const int ShownCharsMax = 80;

    private readonly List<RuleFault> _faults = [];

    /// <summary>The document is JSON: a bare null is no value.</summary>
    public bool IsJson { get; } = isJson;

    public void Add(MarkedNode at, string problem, string cure) =>
        Add(new RuleFault(at.Line, at.Column, problem, cure));

    public void Add(RuleFault fault)
    {
        if (_faults.Count < RuleLimits.FaultCountMax)
        {
            _faults.Add(fault);
        }
    }

    public IReadOnlyList<RuleFault> InOrder() =>
        [.. _faults.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];

    /// <summary>What somebody wrote, as it is repeated in a message: in quotes, and never long.</summary>
    public static string Shown(string written) =>
        written.Length <= ShownCharsMax ? $"\"{written}\"" : $"\"{written[..ShownCharsMax]}...\"";
}
