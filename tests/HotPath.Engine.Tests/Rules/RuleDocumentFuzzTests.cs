using System.Globalization;
using HotPath.Engine.Rules;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Rules;

/// <summary>Documents changed at random: taken or refused, and nothing else.</summary>
public sealed class RuleDocumentFuzzTests(ITestOutputHelper output)
{
    private const int CaseCountUsual = 1_500;

    private static readonly byte[][] Pieces =
    [
        .. new[] { "\n", "  ", "\t", "- ", ": ", "[", "]", "{", "}", "\"", "'", "`", "&a ", "*a", "!", "|", ">", "#", "---", "%", "\\u", "when", "(", ")", "\u00e9", "\ud83d\ude00", "1e9", "5m" }
            .Select(System.Text.Encoding.UTF8.GetBytes),
        [0], [0xFF], [0xC3], [0xEF, 0xBB, 0xBF],
    ];

    /// <summary>
    /// The parser below threw of its own on an open bracket before a block, and `check` ended with a stack trace. So
    /// whatever stands in a document, reading it ends with a document, or with places and cures.
    /// </summary>
    [Fact]
    public void Whatever_is_written_is_taken_or_refused_with_places_and_cures()
    {
        var seed = TestSeed.Next();
        var count = int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_CASES"), CultureInfo.InvariantCulture, out var asked) ? asked : CaseCountUsual;
        output.WriteLine($"HOTPATH_SEED={seed}, {count} cases");
        var corpus = Directory.GetFiles(Repository.Combine("tests", "HotPath.Tests", "Cli", "FaultyRules"), "*.yaml")
            .Order(StringComparer.Ordinal)
            .Append(Repository.Combine("tools", "HotPath.LoadGenerator", "demo-rules.yaml"))
            .Select(File.ReadAllBytes)
            .ToArray();
        var taken = 0;
        for (var index = 0; index < count; index++)
        {
            var bytes = Changed(corpus, new Random(unchecked(seed + index)));
            try
            {
                taken += RuleDocument.TryParse(bytes, out _, out var faults) ? 1 : 0;
                Assert.All(faults, fault => Assert.True(fault.Line >= 1 && fault.Column >= 1 && fault.Problem.Length > 0 && fault.Cure.Length > 0));
            }
            catch (Exception fault)
            {
                Assert.Fail($"HOTPATH_SEED={seed + index}: {fault}\n{Convert.ToBase64String(bytes)}");
            }
        }

        output.WriteLine($"{taken} were taken");
    }

    private static byte[] Changed(byte[][] corpus, Random random)
    {
        var bytes = corpus[random.Next(corpus.Length)].ToList();
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(bytes.Count - at, random.Next(12));
            if (random.Next(2) == 0)
            {
                bytes.RemoveRange(at, length);
            }

            if (random.Next(3) > 0)
            {
                bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
            }
            else
            {
                bytes.InsertRange(Math.Min(at, bytes.Count), bytes.GetRange(0, Math.Min(bytes.Count, random.Next(200))));
            }
        }

        return [.. bytes];
    }
}
