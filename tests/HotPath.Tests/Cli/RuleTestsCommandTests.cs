using HotPath.Cli;
using HotPath.Cli.RuleTests;
using HotPath.TestKit;

namespace HotPath.Tests.Cli;

/// <summary>`hotpath test`: rule tests as plant engineers write them.</summary>
public sealed class RuleTestsCommandTests
{
    private const string Good = """
        rules:
          version: 1
          rules:
            - id: line
              groups: [{ name: g, cases: [{ state: STOPPED, when: speed == 0, for: 2s, reason: jam }], else: ACTIVE }]
              downtime: { down: [STOPPED] }
        readings:
          - { timestamp: 1000, equipmentId: filler-1, tag: speed, value: 10 }
          - { timestamp: 2000, equipmentId: filler-1, tag: speed, value: 0 }
          - { timestamp: 5000, equipmentId: filler-1, tag: speed, value: 0, quality: "Ok" }
          - { timestamp: 6000, equipmentId: filler-1, tag: speed, value: 12 }
        expected:
          - { type: transition, to: ACTIVE, at: 1000 }
          - { type: transition, from: ACTIVE, to: STOPPED, at: 4000, since: 2000, cause: timer }
          - { type: downtime, status: open, start: 2000, end: null, reason: jam }
          - { type: transition, to: ACTIVE, at: 6000 }
          - { type: downtime, status: closed, start: 2000, end: 6000, micro: false }
        """;

    [Fact]
    public void Rows_that_come_as_expected_pass()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("line.test.yaml"), Good);

        var (exit, output, errors) = Run(directory);

        Assert.Equal((ExitCode.Good, ""), (exit, errors));
        Assert.Equal("ok     line.test.yaml\n1 tests: 1 ok, 0 failed, 0 faulty\n", output);
    }

    [Fact]
    public void Differences_stand_side_by_side()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(
            directory.Combine("line.test.yaml"),
            Good.Replace("at: 4000, since: 2000", "at: 2000, since: 2000", StringComparison.Ordinal)
                .Replace("  - { type: downtime, status: closed, start: 2000, end: 6000, micro: false }", "", StringComparison.Ordinal));

        var (exit, output, _) = Run(directory);

        Assert.Equal(ExitCode.Failed, exit);
        Assert.StartsWith(
            """
            FAILED line.test.yaml
              row 2: transition of filler-1 under line
                           expected                                         | came
                at         2000                                             | 4000
              row 5: downtime of filler-1 under line
                           expected                                         | came
                type       (no row)                                         | downtime
            """.ReplaceLineEndings("\n"),
            output,
            StringComparison.Ordinal);
        Assert.EndsWith("1 tests: 0 ok, 1 failed, 0 faulty\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_may_stand_in_a_file_beside_the_test()
    {
        using var directory = new TemporaryDirectory();
        var (rules, rest) = (Good[..Good.IndexOf("readings:", StringComparison.Ordinal)], Good[Good.IndexOf("readings:", StringComparison.Ordinal)..]);
        File.WriteAllText(directory.Combine("line.yaml"), rules[(rules.IndexOf('\n') + 1)..]);
        File.WriteAllText(directory.Combine("line.test.yaml"), "rules: line.yaml\n" + rest);

        Assert.Equal(ExitCode.Good, Run(directory).Exit);
    }

    [Fact]
    public void A_faulty_test_is_told_with_its_places()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("line.test.yaml"), "rules: { version: 1, rules: [{ id: a b, groups: [] }] }\nreadngs: []\nexpected: []\n");

        var (exit, _, errors) = Run(directory);

        Assert.Equal(ExitCode.Configuration, exit);
        Assert.Equal(
            """
            line.test.yaml:1:1: a rule test needs the key readings: write readings: [{ timestamp: 1000, equipmentId: m1, tag: speed, value: 0 }]
            line.test.yaml:2:1: a rule test has no key "readngs": did you mean readings? Its keys are rules, outOfOrderness, idleTimeout, maxFuture, timestampUnit, readings, expected
            line.test.yaml:1: in these rules: "a b" is no rule id: write 1 to 64 letters A-Z a-z, digits, dots, underscores or hyphens
            line.test.yaml:1: in these rules: groups is empty: write - name: operation

            """.ReplaceLineEndings("\n"),
            errors);
    }

    [Fact]
    public void Without_tests_there_is_nothing_that_could_pass()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(ExitCode.Usage, Run(directory).Exit);
    }

    private static (int Exit, string Output, string Errors) Run(TemporaryDirectory directory)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exit = TestCommand.Run(directory.Path, output, errors);
        string Local(StringWriter text) => text.ToString().Replace(directory.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        return (exit, Local(output), Local(errors));
    }
}
