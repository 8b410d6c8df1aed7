using System.Text;
using HotPath.Cli;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Rules;
using HotPath.TestKit.Reference;

namespace HotPath.Tests.Cli;

public sealed class RecordingReplayTests
{
    private const string Rules = """
        version: 1
        rules:
          - id: running
            groups:
              - name: g
                cases: [{ state: "R\u00fcn", when: speed > 0 }]
                else: IDLE
        """;

    [SharedTheory]
    [InlineData("nab", "0s", TimestampUnit.Milliseconds)]
    [InlineData("nab", "30m", TimestampUnit.Milliseconds)]
    [InlineData("okuma", "0s", TimestampUnit.Microseconds)]
    [InlineData("okuma", "50ms", TimestampUnit.Microseconds)]
    [InlineData("okuma", "250ms", TimestampUnit.Microseconds)]
    internal void A_recording_gives_its_rows_to_the_byte(string machine, string outOfOrderness, TimestampUnit unit)
    {
        var directory = Path.Combine(SharedData.Directory!, "real", machine);
        Assert.True(Duration.TryParse(outOfOrderness, out var micros));
        var rules = File.ReadAllText(Path.Combine(directory, "rules.json"));
        using var input = File.OpenRead(Path.Combine(directory, "readings.ndjson"));

        var (output, errors, refused) = Replay(rules, input, micros, unit);

        var expected = File.ReadAllText(Path.Combine(directory, $"expected-out-of-orderness-{outOfOrderness}.ndjson"));
        Assert.Equal(expected, output);
        Assert.Empty(errors);
        Assert.Equal(0, refused);
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_refused_with_its_number_and_left_out()
    {
        const string Lines = """
            {"timestamp":1000,"equipmentId":"m","tag":"speed","value":1}

            {"timestamp":2000,"equipmentId":"m","tag":
            {"control":"stop"}
            {"timestamp":3000,"equipmentId":"m","tag":"speed","value":0}
            """;
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(Lines));

        var (output, errors, refused) = Replay(Rules, input, 0, TimestampUnit.Milliseconds);

        Assert.Equal(2, refused);
        Assert.Contains("lines:3:", errors, StringComparison.Ordinal);
        Assert.Contains("lines:4:", errors, StringComparison.Ordinal);
        Assert.Equal(
            """
            {"type":"transition","rule":"running","equipment":"m","from":"UNKNOWN","to":"R\u00fcn","at":1000000,"since":1000000,"group":"g","cause":"reading"}
            {"type":"transition","rule":"running","equipment":"m","from":"R\u00fcn","to":"IDLE","at":3000000,"since":3000000,"group":"g","cause":"reading"}
            {"type":"summary","readings":2,"late":0,"duplicate":0,"future":0}

            """,
            output);
    }

    [Fact]
    public void Rules_in_the_lines_take_the_place_of_the_first_ones()
    {
        const string Lines = """
            {"timestamp":1000,"equipmentId":"m","tag":"speed","value":1}
            {"control":"rules","rules":{"version":1,"rules":[]}}
            """;
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(Lines));

        var (output, _, refused) = Replay(Rules, input, 0, TimestampUnit.Milliseconds);

        Assert.Equal(0, refused);
        Assert.Contains("\"to\":null,\"at\":1000000,\"since\":1000000,\"group\":null,\"cause\":\"rules\"", output, StringComparison.Ordinal);
    }

    private static (string Output, string Errors, long Refused) Replay(
        string rules, Stream input, long outOfOrdernessMicros, TimestampUnit unit)
    {
        Assert.True(RuleDocument.TryParse(rules, out var document, out var faults), string.Join("\n", faults));
        using var errors = new StringWriter();
        using var output = new MemoryStream();
        var options = new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMicros };
        using var replay = new RecordingReplay(options, unit, "lines", errors);
        Assert.True(replay.TryAddRules(document, "rules"));
        replay.Read(input);
        replay.Write(output);
        return (Encoding.UTF8.GetString(output.ToArray()), errors.ToString(), replay.RefusedCount);
    }
}
