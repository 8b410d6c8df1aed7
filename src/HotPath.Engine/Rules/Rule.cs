using HotPath.Engine.Ledger;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Rules;

/// <summary>A rule as its document says it, checked. Immutable.</summary>
internal sealed record Rule(
    string Id,
    string? Title,
    IReadOnlyList<Glob> Equipment,
    string Default,
    long? StaleAfterMicros,
    IReadOnlyList<RuleGroup> Groups,
    DowntimeStates Downtime)
{
    /// <summary>Where it begins in its document, from 1.</summary>
    public int Line { get; init; }

    public int Column { get; init; }

    /// <summary>Whether a machine that both cover could not tell one from the other: title, globs and place apart, they are equal.</summary>
    public bool MeansTheSameAs(Rule other) =>
        Id == other.Id
        && Default == other.Default
        && StaleAfterMicros == other.StaleAfterMicros
        && Downtime.IsSameAs(other.Downtime)
        && Groups.Count == other.Groups.Count
        && Groups.Zip(other.Groups).All(pair => pair.First.MeansTheSameAs(pair.Second));
}

/// <summary>Cases of one concern; the first satisfied one is what the group reports.</summary>
internal sealed record RuleGroup(
    string Name,
    int Weight,
    string? Else,
    string? Unknown,
    IReadOnlyList<RuleCase> Cases)
{
    public bool MeansTheSameAs(RuleGroup other) =>
        (Name, Weight, Else, Unknown) == (other.Name, other.Weight, other.Else, other.Unknown)
        && Cases.Count == other.Cases.Count
        && Cases.Zip(other.Cases).All(pair =>
            pair.First.KeepsClockOf(pair.Second)
            && (pair.First.State, pair.First.Reason) == (pair.Second.State, pair.Second.Reason));
}

/// <summary>A condition and the state it stands for.</summary>
internal sealed record RuleCase(
    string State,
    Condition When,
    Condition? Until,
    long HoldMicros,
    long ClearMicros,
    string? Reason)
{
    /// <summary>Whether a clock of the other case goes on for this one: conditions compared as text, durations by length.</summary>
    public bool KeepsClockOf(RuleCase other) =>
        When.Text == other.When.Text
        && Until?.Text == other.Until?.Text
        && HoldMicros == other.HoldMicros
        && ClearMicros == other.ClearMicros;
}

/// <summary>An expression and the text it was read from.</summary>
internal sealed record Condition(string Text, Expression Expression);

/// <summary>Which states of a rule count as stopped.</summary>
internal sealed record DowntimeStates(IReadOnlyDictionary<string, DowntimeCategory> Categories, long MicroStopMicros)
{
    public static DowntimeStates None { get; } = new(new Dictionary<string, DowntimeCategory>(), 0);

    public bool IsSameAs(DowntimeStates other) =>
        MicroStopMicros == other.MicroStopMicros
        && Categories.Count == other.Categories.Count
        && Categories.All(pair => other.Categories.TryGetValue(pair.Key, out var category) && category == pair.Value);
}
