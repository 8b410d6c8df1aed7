using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Truth;

/// <summary>
/// demo-rules.yaml as a function of the plan: what every case comes to in a segment. Written by hand, so that it is a
/// second opinion and not the engine's own. The order of rules is that of their ids.
/// </summary>
internal static class DemoRules
{
    /// <summary>staleAfter of every rule that has one, and the limit of NO_DATA.</summary>
    public const long StaleMicros = 30_000_000;

    /// <summary>The window of <c>increase(counter, 1m)</c>.</summary>
    public const long OutputWindowMicros = 60_000_000;

    private const long Second = 1_000_000;

    public static readonly ExpectedRule[] All = [MachineState(), NoOutput(), Overheating(), Product(), Rejects()];

    private static ExpectedRule MachineState() => new()
    {
        Id = "machine-state",
        Machines = ["washer", "filler", "capper", "packer"],
        Groups =
        [
            new ExpectedGroup
            {
                Name = "connection",
                Cases = [Case("NO_DATA", segment => Is(segment.Stale)) with { Reason = "no connection" }],
            },
            new ExpectedGroup
            {
                Name = "operation",
                Cases =
                [
                    Doing("RUNNING", Activity.Running),
                    Doing("CHANGEOVER", Activity.Setup) with { Reason = "changeover" },
                    Doing("CLEANING", Activity.Cleaning) with { Reason = "cleaning" },
                    Doing("STARVED", Activity.Starved) with { Reason = "no bottles" },
                    Stopped(1, 2) with { Reason = "bottle jam" },
                    Stopped(3) with { Reason = "drive fault" },
                    Stopped(4) with { Reason = "safety door open" },
                ],
                Else = "STOPPED",
            },
        ],
        Category = state => state switch
        {
            "STOPPED" or "STARVED" => "down",
            "CHANGEOVER" or "CLEANING" => "planned",
            "NO_DATA" => "unknown",
            _ => null,
        },
        MicroStopMicros = 60 * Second,
    };

    private static ExpectedRule Overheating() => new()
    {
        Id = "overheating",
        Machines = ["washer", "filler"],
        Groups =
        [
            new ExpectedGroup
            {
                Name = "limits",
                Cases =
                [
                    // The pressure is high when the temperature is, and known whenever anything is.
                    Case("OVERHEATED", segment => segment switch
                    {
                        { Stale: true } => Verdict.Unknown,
                        { Condition.SensorFault: true } =>
                            segment.Condition.Thermal == Thermal.Hot ? Verdict.Unknown : Verdict.False,
                        _ => Is(segment.Condition.Thermal == Thermal.Hot),
                    }) with
                    {
                        Until = segment => segment.Stale || segment.Condition.SensorFault
                            ? Verdict.Unknown
                            : Is(segment.Condition.Thermal == Thermal.Cool),
                        ForMicros = 60 * Second,
                        ClearMicros = 10 * Second,
                        Reason = "too hot under pressure",
                    },
                ],
                Else = "NORMAL",
                Unknown = "NOT_MEASURED",
            },
        ],
    };

    private static ExpectedRule Rejects() => new()
    {
        Id = "rejects",
        Machines = ["capper"],
        Groups =
        [
            new ExpectedGroup
            {
                Name = "inspection",
                Cases =
                [
                    Case("REJECTING", segment => segment.Stale ? Verdict.Unknown : Is(segment.Condition.Rejecting)) with
                    {
                        ForMicros = 5 * Second,
                        ClearMicros = 5 * Second,
                    },
                ],
                Else = "GOOD",
                Unknown = "NOT_INSPECTED",
            },
        ],
    };

    private static ExpectedRule NoOutput() => new()
    {
        Id = "no-output",
        Machines = ["packer"],
        Groups =
        [
            new ExpectedGroup
            {
                Name = "output",
                Cases =
                [
                    Case("NO_OUTPUT", segment => segment.Stale
                        ? Verdict.Unknown
                        : Is(segment.Condition.Activity == Activity.Running && segment.Dry)) with
                    {
                        ForMicros = 15 * Second,
                        Reason = "running empty",
                    },
                ],
                Else = "OUTPUT",
                Unknown = "NOT_COUNTED",
            },
        ],
        Category = state => state switch { "NO_OUTPUT" => "down", "NOT_COUNTED" => "unknown", _ => null },
        MicroStopMicros = 120 * Second,
    };

    private static ExpectedRule Product() => new()
    {
        Id = "product",
        Machines = ["filler"],
        Default = "NONE",
        Groups =
        [
            new ExpectedGroup
            {
                Name = "recipe",
                Cases = [Making("SMALL", 0), Making("MEDIUM", 1), Making("LARGE", 2)],
            },
        ],
    };

    private static Verdict Is(bool met) => met ? Verdict.True : Verdict.False;

    private static ExpectedCase Case(string state, Func<Segment, Verdict> when) => new() { State = state, When = when };

    private static ExpectedCase Doing(string state, Activity activity) =>
        Case(state, segment => Is(segment.Condition.Activity == activity));

    private static ExpectedCase Stopped(params int[] faults) => Case("STOPPED", segment =>
        Is(segment.Condition.Activity == Activity.Stopped && faults.Contains(segment.Condition.Fault)));

    private static ExpectedCase Making(string state, int product) =>
        Case(state, segment => Is(segment.Condition.Product == product));
}
