using System.Text;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules;

namespace HotPath.Engine.Tests.Rules;

public sealed class RuleDocumentTests
{
    [Fact]
    public void The_example_of_the_design_is_taken_whole()
    {
        var document = Taken("""
            version: 1
            rules:
              - id: filler-state
                title: Filler line state
                equipment: ["filler-*"]
                default: UNKNOWN
                staleAfter: 30s
                groups:
                  - name: operation
                    weight: 10
                    cases:
                      - state: ACTIVE
                        when: machine_state == "RUNNING" and product == "1L"
                      - state: CHANGEOVER
                        when: machine_state == "SETUP"
                        reason: changeover
                    else: STOPPED
                    unknown: NO_DATA
                  - name: process
                    weight: 20
                    cases:
                      - state: WARNING
                        when: temperature > 80 and pressure > 3.2
                        until: temperature < 75
                        for: 5m
                        clear: 10s
                downtime:
                  down: [STOPPED]
                  planned: [CHANGEOVER]
                  unknown: [NO_DATA, UNKNOWN]
                  microStop: 120s
                actions: []
            """);

        var rule = Assert.Single(document.Rules);
        Assert.Equal("filler-state", rule.Id);
        Assert.Equal(30_000_000, rule.StaleAfterMicros);
        Assert.Equal(["operation", "process"], rule.Groups.Select(group => group.Name));
        Assert.Equal(300_000_000, rule.Groups[1].Cases[0].HoldMicros);
        Assert.Equal(DowntimeCategory.Planned, rule.Downtime.Categories["CHANGEOVER"]);
        Assert.Equal(120_000_000, rule.Downtime.MicroStopMicros);
    }

    [Theory]
    [InlineData("NO")]
    [InlineData("yes")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("0x1F")]
    [InlineData("1.0")]
    [InlineData("2024-01-01")]
    [InlineData("012")]
    public void Scalars_are_never_coerced(string written)
    {
        var document = Taken(WithCase($"state: {written}\n            when: a > 1"));

        Assert.Equal(written, document.Rules[0].Groups[0].Cases[0].State);
    }

    [Fact]
    public void Json_is_a_document_and_its_null_is_no_value()
    {
        var document = Taken("""
            {"version":1,"rules":[{"id":"r","groups":[{"name":"g","cases":[
            	{"state":"\u00e9\ud83d\ude00","when":"a == \"x\\n\"","until":null,"reason":null}]}]}]}
            """);

        var ruleCase = document.Rules[0].Groups[0].Cases[0];
        Assert.Equal("é😀", ruleCase.State);
        Assert.Null(ruleCase.Until);
        Assert.Null(ruleCase.Reason);
    }

    [Fact]
    public void All_faults_are_told_at_once_each_at_its_place()
    {
        var faults = Faults("""
            version: 2
            rules:
              - id: a b
                equipmnt: ["x"]
                groups:
                  - name: g
                    weight: heavy
                    cases:
                      - state: S
                        when: temperature > 80 and (pressure > 3.2
                        for: 5 minutes
                  - name: g
                    cases: []
                downtime:
                  down: [S]
                  planned: [S]
              - id: ok
                groups: [{ name: g, cases: [{ state: S, when: "a = 1" }] }]
              - id: ok
                groups: [{ name: g, cases: [{ when: "avg(a)" }] }]
            """);

        Assert.Equal(
            """
            line 1, column 10: version cannot be "2": write version: 1, the only format there is
            line 3, column 9: "a b" is no rule id: write 1 to 64 letters A-Z a-z, digits, dots, underscores or hyphens
            line 4, column 5: a rule has no key "equipmnt": did you mean equipment? Its keys are id, title, equipment, default, staleAfter, groups, downtime, actions
            line 7, column 17: weight cannot be "heavy": write a whole number such as 10
            line 10, column 55: when: ")" must stand here, not the end: close the parenthesis of character 22
                temperature > 80 and (pressure > 3.2
                                                    ^
            line 11, column 18: for cannot be "5 minutes": write one number and one unit, such as 250ms, 30s, 5m, 1.5h or 1d (at most 300 years)
            line 12, column 15: the group g stands twice in this rule: give each its own name; the first is in line 6
            line 13, column 16: cases is empty: write - state: ACTIVE
            line 16, column 17: the state S stands in down already: keep it in one list: a state is of one category at most
            line 18, column 54: when: "=" has no meaning here: to compare, write ==
                a = 1
                  ^
            line 19, column 9: the rule id ok stands twice: give each rule its own; the first is in line 17
            line 20, column 33: a case needs the key state: write state: ACTIVE
            line 20, column 47: when: "," must stand here, not ")": avg() takes a tag and a duration, as in avg(temperature, 10m)
                avg(a)
                     ^
            """,
            string.Join("\n", faults));
    }

    [Theory]
    [InlineData("a < b < c", "comparisons cannot be chained: write a < b and b < c")]
    [InlineData("average(a, 5m) > 1", "there is no function average: did you mean avg?")]
    [InlineData("a == 'x'", "a string stands in double quotes")]
    [InlineData("a == \"x", "this string has no end: close it with \"")]
    [InlineData("a b", "\"b\" cannot stand here: write an operator such as and, or, == before it")]
    [InlineData("a in []", "\"]\" cannot stand here: write a tag")]
    [InlineData("a in \"x\"", "\"[\" must stand here, not \"x\": write a list such as [\"A\", \"B\"] behind in")]
    [InlineData("a > 5m", "\"5m\" is a duration: write one only as the second argument of a function")]
    [InlineData("avg(a, 0s) > 1", "the window of avg() must be longer than 0")]
    [InlineData("a > 1e999", "1e999 is greater than any number can be: write a number up to 1.7e308")]
    [InlineData("", "when is empty: give it a value")]
    public void Expression_faults_say_how_to_write_it_right(string expression, string message)
    {
        var quoted = expression.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

        var fault = Assert.Single(Faults(WithCase($"state: S\n            when: \"{quoted}\"")));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_in_the_text_are_checked()
    {
        Taken(WithCase($"state: S\n            when: {new string('(', 32)}a > 1{new string(')', 32)}"));

        Refused(WithCase($"state: S\n            when: {new string('(', 33)}a > 1{new string(')', 33)}"), "more than 32 deep");
        Refused(WithCase($"state: S\n            when: a == \"{new string('x', 257)}\""), "longer than 256 bytes");
        Refused(WithCases(33), "at most 32 are allowed");
        Refused(WithGroups(17), "at most 16 are allowed");
        Refused(
            "version: 1\nrules:\n" + string.Concat(Enumerable.Range(0, 10_001).Select(i => $"- {{id: r{i}, groups: [{{name: g, cases: [{{state: S, when: a}}]}}]}}\n")),
            "more than 10,000 items");
    }

    [Theory]
    [InlineData("a: &x [*x]")]
    [InlineData("a: &x {b: *x}")]
    [InlineData("a: *nobody")]
    [InlineData("a: [1, 2")]
    [InlineData("a: \"\\q\"")]
    [InlineData("--- 1\n--- 2")]
    [InlineData("")]
    [InlineData("\t- x")]
    [InlineData("? [a, b]\n: c")]
    [InlineData("%YAML 9.9\n---\na: b")]
    [InlineData("\"\\ud800\"")]
    [InlineData("!!binary x")]
    [InlineData("{{{}}}")]
    public void What_is_no_rule_document_is_refused_with_a_place(string text)
    {
        Assert.False(RuleDocument.TryParse(text, out _, out var faults));

        Assert.All(faults, fault => Assert.True(fault.Line >= 1 && fault.Column >= 1));
        Assert.NotEmpty(faults);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        Assert.False(RuleDocument.TryParse([0x61, 0xFF, 0x62], out _, out var faults));

        Assert.Contains("not UTF-8", Assert.Single(faults).Message, StringComparison.Ordinal);
    }

    /// <summary>Editors of one system begin every text with a byte order mark; it is no part of the document.</summary>
    [Fact]
    public void A_byte_order_mark_says_nothing()
    {
        var utf8 = Encoding.UTF8.GetBytes("version: 1\nrules: []\n");

        Assert.True(RuleDocument.TryParse([.. Encoding.UTF8.Preamble, .. utf8], out var document, out var faults), string.Join("\n", faults));

        Assert.Equal("version: 1\nrules: []\n", document.Text);
    }

    /// <summary>
    /// The YAML parser takes NUL for the end of the text. Rules behind one would have been left out without a word.
    /// </summary>
    [Fact]
    public void Nothing_behind_a_control_character_is_left_out_in_silence() =>
        Refused("version: 1\nrules: []\n\0- id: r", "line 3, column 1: a control character (U+0000)");

    [Theory]
    [InlineData("state: S\n            when: a > 1\n            until: a > 1")]
    [InlineData("state: S\n            when: t in [1, \"x\"] or a == b")]
    [InlineData("state: S\n            when: running")]
    [InlineData("state: S\n            when: not running and -t * 2 < 0 - 5")]
    [InlineData("state: S\n            when: stale(`Motor/PV`, 1.5h) == true")]
    public void What_may_be_known_at_some_time_is_taken(string lines) => Taken(WithCase(lines));

    [Theory]
    [InlineData("250ms", 250_000)]
    [InlineData("1.5h", 5_400_000_000)]
    [InlineData("60s", 60_000_000)]
    [InlineData("1m", 60_000_000)]
    [InlineData("0.5us", 0)]
    [InlineData("2.5us", 2)]
    public void A_duration_is_one_number_and_one_unit(string text, long micros)
    {
        Assert.True(Duration.TryParse(text, out var parsedMicros));
        Assert.Equal(micros, parsedMicros);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5 m")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("1m30s")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1e3s")]
    [InlineData("400000d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("filler-*", "filler-7", true)]
    [InlineData("filler-*", "Filler-7", false)]
    [InlineData("*-7", "filler-7", true)]
    [InlineData("a*b*c", "aXbXbXc", true)]
    [InlineData("a*b*c", "aXbXcX", false)]
    [InlineData("m?", "mé", true)]
    [InlineData("m??", "mé", false)]
    [InlineData("m?", "m", false)]
    [InlineData("[ab]", "a", false)]
    [InlineData("[ab]", "[ab]", true)]
    public void A_glob_matches_runs_and_single_code_points(string glob, string equipment, bool isMatch) =>
        Assert.Equal(isMatch, new Glob(glob).Matches(Encoding.UTF8.GetBytes(equipment)));

    private static string WithCase(string lines) => $"""
        version: 1
        rules:
          - id: r
            groups:
              - name: g
                cases:
                  - {lines.ReplaceLineEndings("\n")}
        """;

    private static string WithCases(int count) =>
        "version: 1\nrules: [{id: r, groups: [{name: g, cases: ["
        + string.Join(", ", Enumerable.Repeat("{state: S, when: a}", count)) + "]}]}]";

    private static string WithGroups(int count) =>
        "version: 1\nrules: [{id: r, groups: ["
        + string.Join(", ", Enumerable.Range(0, count).Select(i => $"{{name: g{i}, cases: [{{state: S, when: a}}]}}")) + "]}]";

    private static RuleDocument Taken(string text)
    {
        Assert.True(RuleDocument.TryParse(text, out var document, out var faults), string.Join("\n", faults));
        return document;
    }

    private static IReadOnlyList<RuleFault> Faults(string text)
    {
        Assert.False(RuleDocument.TryParse(text, out _, out var faults));
        return faults;
    }

    private static void Refused(string text, string message) =>
        Assert.Contains(Faults(text), fault => fault.ToString().Contains(message, StringComparison.Ordinal));
}
