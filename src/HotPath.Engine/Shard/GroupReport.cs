using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>What a group or a rule says; state -1 = it abstains. Group and case are indexes in the class, -1 for none.</summary>
internal readonly record struct GroupReport(int StateWord, int Group, int WinnerCase)
{
    /// <summary>A group's first satisfied case, else its `unknown` if it cannot know, else its `else`.</summary>
    public static unsafe GroupReport Of(MachineClass machineClass, Machine* machine, int group)
    {
        ref readonly var part = ref machineClass.Groups[group];
        var isUnknown = false;
        for (var index = part.CaseFirst; index < part.CaseFirst + part.CaseCount; index++)
        {
            ref var clock = ref machine->Cases[index];
            if (clock.IsSatisfied)
            {
                return new GroupReport(machineClass.Cases[index].StateWord, group, index);
            }

            isUnknown |= clock.When == Kleene.Unknown;
        }

        return new GroupReport(isUnknown ? part.UnknownWord : part.ElseWord, group, RuleState.NoWinner);
    }
}
