using HotPath.Engine.Names;
using HotPath.Engine.Rules;

namespace HotPath.Engine.Tests.Rules;

public sealed class RuleCatalogTests
{
    [Fact]
    public void A_document_that_needs_too_much_memory_for_the_machines_known_is_refused()
    {
        var names = new NameTables();
        names.Equipment.TryIntern("m1"u8, 0, out _);
        names.Equipment.TryIntern("m2"u8, 0, out _);
        var catalog = new RuleCatalog(names, machineBytesMax: 9_000);
        Assert.True(RuleDocument.TryParse(
            "version: 1\nrules: [{id: r, groups: [{name: g, cases: [{state: S, when: \"avg(a, 1m) > 1\"}]}]}]",
            out var document,
            out _));

        Assert.False(catalog.TryAdd(1, document, 0, out var faults));

        Assert.Contains("for the machines known now", Assert.Single(faults).Message, StringComparison.Ordinal);
        Assert.False(catalog.TryGet(1, out _));
    }
}
