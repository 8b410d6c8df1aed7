using HotPath.Engine.Names;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>Gathers the comparisons in a class's cases by tag and staleAfter, and orders their constants. Cold; one thread.</summary>
internal sealed class ChannelBuilder(NameTables names)
{
    private readonly SortedDictionary<(int Slot, long StaleAfter), Gathered> _gathered = [];
    private readonly List<ClassChannel> _channels = [];
    private readonly List<double> _values = [];
    private readonly List<int> _cases = [];

    public ClassChannel[] Channels => [.. _channels];

    public double[] Values => [.. _values];

    public int[] Cases => [.. _cases];

    public void Add(int slot, long staleAfterMicros, int caseIndex, SimpleCase simple)
    {
        if (!_gathered.TryGetValue((slot, staleAfterMicros), out var gathered))
        {
            _gathered[(slot, staleAfterMicros)] = gathered = new Gathered();
        }

        gathered.All.Add(caseIndex);
        foreach (var literal in simple.Literals)
        {
            switch (literal)
            {
                case NumberLiteral number when simple.Test == SimpleTest.FlipsAtLow:
                    gathered.AtLow.Add((number.Value, caseIndex));
                    break;
                case NumberLiteral number when simple.Test == SimpleTest.FlipsAtHigh:
                    gathered.AtHigh.Add((number.Value, caseIndex));
                    break;
                case NumberLiteral number:
                    gathered.Numbers.Add((number.Value, caseIndex));
                    break;
                case StringLiteral text:
                    gathered.Symbols.Add((RuleWords.Symbol(names, text.Value), caseIndex));
                    break;
            }
        }
    }

    /// <summary>Lays out the channels of a tag. Called once for each slot, in their order.</summary>
    public Run Build(int slot, List<int> caseLists)
    {
        var first = _channels.Count;
        foreach (var ((_, staleAfterMicros), gathered) in _gathered.Where(pair => pair.Key.Slot == slot))
        {
            _channels.Add(new ClassChannel
            {
                StaleAfterMicros = staleAfterMicros,
                AtLow = LayOut(gathered.AtLow),
                AtHigh = LayOut(gathered.AtHigh),
                EqualNumbers = LayOut(gathered.Numbers),
                EqualSymbols = LayOut(gathered.Symbols),
                Cases = new Run(caseLists.Count, gathered.All.Count),
            });
            caseLists.AddRange(gathered.All);
        }

        return new Run(first, _channels.Count - first);
    }

    private Run LayOut(List<(double Value, int Case)> thresholds)
    {
        var run = new Run(_values.Count, thresholds.Count);
        foreach (var (value, caseIndex) in thresholds.Order())
        {
            _values.Add(value);
            _cases.Add(caseIndex);
        }

        return run;
    }

    private sealed class Gathered
    {
        public SortedSet<int> All { get; } = [];

        public List<(double, int)> AtLow { get; } = [];

        public List<(double, int)> AtHigh { get; } = [];

        public List<(double, int)> Numbers { get; } = [];

        public List<(double, int)> Symbols { get; } = [];
    }
}
