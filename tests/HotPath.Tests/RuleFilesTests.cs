using HotPath.TestKit;

namespace HotPath.Tests;

/// <summary>Rules as files: several of a directory are one document.</summary>
public sealed class RuleFilesTests
{
    /// <summary>A null of a JSON file became a tag called null when it was joined with another file: the case never ended.</summary>
    [Fact]
    public void Two_files_of_a_directory_are_one_document_in_the_order_of_their_names()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("b.yaml"), Rules("second"));
        File.WriteAllText(directory.Combine("a.json"), """{"version":1,"rules":[{"id":"first","groups":[{"name":"g","cases":[{"state":"S","when":"a > 1","until":null}]}]}]}""");
        File.WriteAllText(directory.Combine("notes.txt"), "no rules");

        Assert.True(RuleFiles.TryLoad(directory.Path, out var document, out var faults), string.Join('\n', faults));

        Assert.Equal(["first", "second"], document.Rules.Select(rule => rule.Id));
        Assert.Null(document.Rules[0].Groups[0].Cases[0].Until);
    }

    [Fact]
    public void A_rule_id_that_two_files_have_is_told_with_both_places()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("a.yaml"), Rules("line"));
        File.WriteAllText(directory.Combine("b.yaml"), Rules("line"));

        Assert.False(RuleFiles.TryLoad(directory.Path, out _, out var faults));

        Assert.Equal(
            $"{directory.Combine("b.yaml")}:3:5: the rule id line stands twice: give each rule its own; the first is in {directory.Combine("a.yaml")}:3",
            Assert.Single(faults));
    }

    /// <summary>Conditions are compared as text when rules change, so joining files must not alter a character of them.</summary>
    [Theory]
    [InlineData("state: NO", "NO")]
    [InlineData("state: \"null\"", "null")]
    [InlineData("state: '~'", "~")]
    [InlineData("state: 1.0", "1.0")]
    [InlineData("state: \"a: b # c\"", "a: b # c")]
    [InlineData("state: \"tab\\tfeed\\nquote\\\"\"", "tab\tfeed\nquote\"")]
    [InlineData("state: '- x'", "- x")]
    [InlineData("state: \"é😀\"", "é😀")]
    [InlineData("state: |\n              two\n              lines", "two\nlines")]
    public void Scalars_keep_their_text_when_files_are_joined(string written, string state)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("a.yaml"), Rules("first"));
        File.WriteAllText(directory.Combine("b.yaml"), Rules("second").Replace("state: S", written, StringComparison.Ordinal));

        Assert.True(RuleFiles.TryLoad(directory.Path, out var document, out var faults), string.Join('\n', faults));

        Assert.Equal(state, document.Rules[1].Groups[0].Cases[0].State.TrimEnd('\n'));
        Assert.Equal("a > 1", document.Rules[1].Groups[0].Cases[0].When.Text);
    }

    [Fact]
    public void Where_there_are_no_rules_that_is_said()
    {
        using var directory = new TemporaryDirectory();

        Assert.False(RuleFiles.TryLoad(directory.Combine("absent"), out _, out var faults));

        Assert.Contains("there are no rules here", Assert.Single(faults), StringComparison.Ordinal);
    }

    private static string Rules(string id) => $"""
        version: 1
        rules:
          - id: {id}
            groups:
              - name: g
                cases:
                  - when: a > 1
                    state: S

        """;
}
