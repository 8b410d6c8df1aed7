using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Rules;

namespace HotPath.Serve;

/// <summary>How the documents of the catalog file their states.</summary>
internal sealed class StateCategories(NameTables names, RuleCatalog catalog) : IStateCategories
{
    public DowntimeCategory Of(long ruleVersion, int ruleWord, int stateWord)
    {
        if (!catalog.TryGet(ruleVersion, out var rules))
        {
            return DowntimeCategory.None;
        }

        var id = names.Words.Text(ruleWord);
        var rule = rules.Document.Rules.FirstOrDefault(rule => rule.Id == id);
        return rule?.Downtime.Categories.GetValueOrDefault(names.Words.Text(stateWord)) ?? DowntimeCategory.None;
    }
}
