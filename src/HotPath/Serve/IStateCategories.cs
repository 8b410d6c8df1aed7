using HotPath.Engine.Ledger;

namespace HotPath.Serve;

/// <summary>
/// How rule documents file their states. Any thread may ask. A ledger says nothing of it until a downtime is announced,
/// and the page wants to show a stopped machine at once.
/// </summary>
internal interface IStateCategories
{
    /// <summary>None = the state is in no list, or the version is not known any more.</summary>
    DowntimeCategory Of(long ruleVersion, int ruleWord, int stateWord);
}
