using HotPath.Cli;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using HotPath.TestKit.Rules;

namespace HotPath.Tests.Cli;

/// <summary>
/// `hotpath check` on faulty rule documents: what it says of each is kept beside the document, word by word. No figure
/// of time stands here: what a document may cost is bounded by limits (<see cref="RuleLimits"/>), and
/// `RuleCheckCost` of the benchmarks measures it.
/// </summary>
public sealed class FaultyRulesTests
{
    private static readonly string Documents = Repository.Combine("tests", "HotPath.Tests", "Cli", "FaultyRules");

    public static TheoryData<string> Kept =>
        [.. Directory.GetFiles(Documents, "*.yaml").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).OfType<string>()];

    public static TheoryData<string> Huge => [.. HugeRuleDocuments.All.Keys];

    [Fact]
    public void There_are_at_least_forty_documents_of_their_own_sort() => Assert.True(Kept.Count >= 40);

    [Theory]
    [MemberData(nameof(Kept))]
    public void A_faulty_document_is_refused_with_the_place_and_the_cure(string name) =>
        Check(name, Path.Combine(Documents, name + ".yaml"));

    [Theory]
    [MemberData(nameof(Huge))]
    public void A_huge_document_is_refused_with_the_place_and_the_cure(string name)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Combine(name + ".yaml");
        File.WriteAllBytes(path, HugeRuleDocuments.All[name]());

        Check(name, path);
    }

    private static void Check(string name, string path)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };

        var exit = CheckCommand.Run(null, path, output, errors);

        Assert.Equal(ExitCode.Configuration, exit);
        Assert.Equal("", output.ToString());
        var expected = File.ReadAllText(Path.Combine(Documents, name + ".expected"));
        Assert.Equal(expected, errors.ToString().Replace(path, name, StringComparison.Ordinal));
        Assert.False(RuleDocument.TryParse(File.ReadAllBytes(path), out _, out var faults));
        Assert.All(faults, fault =>
        {
            Assert.True(fault.Line >= 1 && fault.Column >= 1, fault.ToString());
            Assert.NotEmpty(fault.Problem);
            Assert.NotEmpty(fault.Cure);
            Assert.True(fault.Message.Length < 1_000, "a message is for people");
        });
    }
}
