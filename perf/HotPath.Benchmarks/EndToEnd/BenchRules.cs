using System.Globalization;
using System.Text;
using HotPath.TestKit;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>
/// The demo's rules, whose truth the generator knows, and so many others that every machine has ten: thresholds with and
/// without hold and expressions over two tags, half of them with limits inside of what the plant does.
/// </summary>
internal static class BenchRules
{
    public const string ProbeEquipment = "probe-1";

    /// <summary>Of the demo's rules, two or three concern each kind of machine.</summary>
    private const int Others = 8;

    public static void Write(string path)
    {
        var text = new StringBuilder(File.ReadAllText(Demo)).AppendLine();
        for (var rule = 0; rule < Others; rule++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - id: bench-{{rule}}
                    equipment: ["washer-*", "filler-*", "capper-*", "packer-*"]
                    staleAfter: 1h
                    groups: [{ name: limits, cases: [{ state: HIGH, when: {{When(rule)}}, for: {{rule % 4}}s }], else: NORMAL, unknown: NO_DATA }]

                """);
        }

        text.Append(CultureInfo.InvariantCulture, $$"""
              - id: bench-probe
                equipment: ["{{ProbeEquipment}}"]
                groups: [{ name: level, cases: [{ state: HIGH, when: level > 0.5 }], else: LOW }]

            """);
        File.WriteAllText(path, text.ToString());
    }

    /// <summary>The rules that the truth is about.</summary>
    public static HashSet<string> DemoRuleIds() =>
    [
        .. File.ReadLines(Demo)
            .Where(line => line.StartsWith("  - id: ", StringComparison.Ordinal))
            .Select(line => line["  - id: ".Length..].Trim()),
    ];

    private static string Demo => Path.Combine(Repository.Root, "tools", "HotPath.LoadGenerator", "demo-rules.yaml");

    private static string When(int rule) => rule switch
    {
        0 => "speed > 10",
        1 => "temperature > 78 and pressure > 3.1",
        2 => "pressure > 3.3",
        3 => "temperature > 95",
        4 => "speed < 5 and temperature > 65",
        5 => "pressure > 2.9 or temperature > 84",
        6 => "counter > 1000000000",
        _ => "speed > 500 and pressure > 1",
    };
}
