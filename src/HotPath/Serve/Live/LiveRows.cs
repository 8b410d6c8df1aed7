using HotPath.Engine.Ledger;

namespace HotPath.Serve.Live;

/// <summary>A transition as the ledger has it, and how its states are filed. Words are indexes of <c>NameTables.Words</c>.</summary>
internal readonly record struct LiveTransition(
    LiveCursor Cursor,
    int EquipmentIndex,
    TransitionBody Body,
    DowntimeCategory FromCategory,
    DowntimeCategory ToCategory,
    byte[]? Evidence);

/// <summary>The newest row of a downtime.</summary>
internal readonly record struct LiveDowntime(LiveCursor Cursor, int EquipmentIndex, DowntimeBody Body)
{
    public bool IsOpen => Body.EndMicros == DowntimeBody.NoEnd;
}

/// <summary>What a rule says of a machine.</summary>
internal readonly record struct LiveState(
    int RuleWord,
    int StateWord,
    int ReasonWord,
    DowntimeCategory Category,
    long SinceMicros,
    long AtMicros,
    LiveDowntime? Open);

/// <summary>A machine with the states of all its rules; a copy that nobody changes.</summary>
internal sealed record LiveMachine(
    int EquipmentIndex,
    LiveState[] States,
    long? LastEventMicros,
    long? LastReceivedMicros)
{
    /// <summary>The state that wants attention most.</summary>
    public DowntimeCategory Category => Attention.First(States);
}

/// <summary>Who is shown first: down, then unknown, then planned, then the rest.</summary>
internal static class Attention
{
    public static int Of(DowntimeCategory category) => category switch
    {
        DowntimeCategory.Down => 3,
        DowntimeCategory.Unknown => 2,
        DowntimeCategory.Planned => 1,
        _ => 0,
    };

    /// <summary>The category of the state that wants attention most.</summary>
    public static DowntimeCategory First(IReadOnlyList<LiveState> states)
    {
        var first = DowntimeCategory.None;
        for (var place = 0; place < states.Count; place++)
        {
            if (Of(states[place].Category) > Of(first))
            {
                first = states[place].Category;
            }
        }

        return first;
    }
}
