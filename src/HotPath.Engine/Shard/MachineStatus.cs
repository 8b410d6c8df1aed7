using HotPath.Engine.Ledger;

namespace HotPath.Engine.Shard;

/// <summary>What a rule says of a machine, as the shard has it. Words are indexes of <c>NameTables.Words</c>, -1 for none.</summary>
/// <param name="EquipmentIndex">The machine.</param>
/// <param name="RuleWord">The rule.</param>
/// <param name="StateWord">Its state.</param>
/// <param name="ReasonWord">The reason that the last transition gave.</param>
/// <param name="MovedMicros">When the last transition was.</param>
/// <param name="Category">How the document in force files the state.</param>
/// <param name="Open">The downtime that is open and was announced, as its row said; null when there is none.</param>
internal readonly record struct MachineStatus(
    int EquipmentIndex,
    int RuleWord,
    int StateWord,
    int ReasonWord,
    long MovedMicros,
    DowntimeCategory Category,
    DowntimeBody? Open);
