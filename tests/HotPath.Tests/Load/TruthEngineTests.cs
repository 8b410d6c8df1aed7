using System.Text;
using HotPath.Cli;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Rules;

namespace HotPath.Tests.Load;

/// <summary>Two opinions that know nothing of each other: the generator's plan and the engine's rules.</summary>
public sealed class TruthEngineTests
{
    [Theory]
    [InlineData(11, 1_000, 40, 0, 5_000)]
    [InlineData(12, 1_000, 12, 2_000, 2_000)]
    [InlineData(13, 5_000, 30, 60_000, 61_000)]
    public void Engine_finds_exactly_what_the_generator_expects(
        int seed, int stepMillis, int machines, int disorderMillis, int outOfOrdernessMillis)
    {
        var recording = LoadRig.Record(LoadRig.Small with
        {
            Seed = LoadRig.Seed((ulong)seed),
            StepMillis = stepMillis,
            EquipmentCount = machines,
            DisorderMillis = disorderMillis,
            ScanCount = 2_000,
            DuplicateShare = 0.01,
        });
        var errors = new StringWriter();
        Assert.True(RuleDocument.TryParse(LoadRig.DemoRules, out var rules, out _));
        var time = new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMillis * 1_000L };
        using var replay = new RecordingReplay(time, TimestampUnit.Milliseconds, "generated", errors);
        Assert.True(replay.TryAddRules(rules, "demo rules"), errors.ToString());
        var output = new MemoryStream();

        replay.Read(new MemoryStream(recording.Bytes));
        replay.Write(output);

        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("", errors.ToString());
        Assert.Equal(recording.Rows, lines[..^1]);
        Assert.Contains($"\"duplicate\":{recording.Summary.Duplicates},", lines[^1], StringComparison.Ordinal);
        Assert.Contains("\"late\":0,", lines[^1], StringComparison.Ordinal);
    }
}
