using System.Globalization;
using System.Text;

namespace HotPath.Benchmarks.Rules;

/// <summary>The rule documents of the scaling run.</summary>
internal static class RuleDocuments
{
    /// <summary>Ten rules over up to twenty tags: holds, downtimes, staleness; every third joins two comparisons.</summary>
    public static string Ten(int tags)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < 10; rule++)
        {
            var (first, second) = ($"tag{rule % tags}", $"tag{(rule + 10) % tags}");
            var when = rule % 3 == 0 ? $"{first} > 90 and {second} > 10" : $"{first} > {80 + rule}";
            text.Append(CultureInfo.InvariantCulture, $$"""
                - id: rule-{{rule}}
                  staleAfter: 1h
                  groups: [{ name: g, cases: [{ state: HIGH, when: {{when}}, for: {{rule % 4}}s }], else: NORMAL, unknown: NO_DATA }]
                  downtime: { down: [HIGH], unknown: [NO_DATA], microStop: 10s }

                """);
        }

        return text.ToString();
    }

    /// <summary>Rules of one threshold each, 1, 2, 3..., on tag0.</summary>
    public static string Thresholds(int count) =>
        Each(count, rule => $"{{ state: HIGH, when: tag0 > {rule + 1} }}");

    /// <summary>The same with a hold that is never reached: a crossing arms or disarms a timer and makes no transition.</summary>
    public static string Holds(int count) =>
        Each(count, rule => $"{{ state: HIGH, when: tag0 > {rule + 1}, for: 1h }}");

    /// <summary>One rule over a window of tag0.</summary>
    public static string Window(string function) =>
        Each(1, _ => $"{{ state: HIGH, when: \"{function}(tag0, 10m) > 1000000\" }}");

    private static string Each(int count, Func<int, string> ruleCase)
    {
        var text = new StringBuilder("version: 1\nrules:\n");
        for (var rule = 0; rule < count; rule++)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {{ id: r{rule}, groups: [{{ name: g, cases: [{ruleCase(rule)}], else: LOW }}] }}\n");
        }

        return text.ToString();
    }
}
