using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Truth;

/// <summary>What must have come out of a run: from the plan and from where it was cut, and from nothing else.</summary>
internal sealed class Expectation
{
    private readonly Plant _plant;
    private readonly IReadOnlyDictionary<Gateway, Timetable> _timetables;

    public Expectation(Plant plant, IEnumerable<Feed> feeds)
    {
        _plant = plant;
        _timetables = feeds.SelectMany(feed => feed.Scripts)
            .ToDictionary(script => script.Gateway, script => script.Timetable);
    }

    /// <summary>Machine by machine, in the order of their names.</summary>
    public IEnumerable<ExpectedMachine> Machines()
    {
        var machines = _timetables
            .SelectMany(
                pair => Enumerable.Range(0, pair.Key.MachineCount), (pair, place) => (pair.Key, pair.Value, place))
            .OrderBy(one => Name(one.Key, one.place), StringComparer.Ordinal);
        foreach (var (gateway, timetable, place) in machines)
        {
            var name = Name(gateway, place);
            var history = new MachineHistory(_plant.Options, gateway, timetable, place);
            yield return new ExpectedMachine
            {
                Equipment = name,
                Readings = history.ScansHeard * _plant.Options.TagCount,
                FirstMicros = history.FirstMicros,
                LastMicros = history.LastMicros,
                Rows = [.. DemoRules.All.Where(rule => rule.Covers(name))
                    .SelectMany(rule => RuleHistory.Of(rule, name, history))],
            };
        }
    }

    private string Name(Gateway gateway, int place) => _plant.Fleet.Machines[gateway.MachineFirst + place];
}

internal sealed record ExpectedMachine
{
    public required string Equipment { get; init; }

    /// <summary>Different readings: each is one row of the table, however often it was sent.</summary>
    public required long Readings { get; init; }

    public required long FirstMicros { get; init; }

    public required long LastMicros { get; init; }

    /// <summary>By rule, and then as they come out.</summary>
    public required IReadOnlyList<ExpectedRow> Rows { get; init; }
}
