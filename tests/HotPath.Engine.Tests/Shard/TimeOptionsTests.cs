using System.Text.Json;
using HotPath.TestKit.Reference;

namespace HotPath.Engine.Tests.Shard;

public sealed class TimeOptionsTests
{
    private const string Rules = """{"version":1,"rules":[{"id":"r","groups":[{"name":"g","cases":[{"state":"UP","when":"t > 0"}]}]}]}""";

    /// <summary>
    /// Other time options moved what the next reading was judged by, but released nothing before it: a reading could be
    /// late against a watermark that nobody had reached, and the transition was caused by another line's LSN.
    /// </summary>
    [Fact]
    public void What_other_time_options_release_is_released_where_they_stand()
    {
        var recorded = new RecordedCase(
            "less out of order",
            new TimeOptions { OutOfOrdernessMicros = 3_000_000 },
            1_000,
            Rules,
            [
                Line("""{"timestamp":10000,"equipmentId":"m","tag":"t","value":1,"receivedAt":10000}"""),
                JsonSerializer.SerializeToElement(TimeLine.Write(new TimeOptions())),
            ],
            []);

        var rows = EngineRun.Rows(recorded, shardCount: 1, batchSlots: 16, hasEnd: false);

        Assert.Equal(2, rows.Count);
        Assert.Contains("\"to\":\"UP\",\"at\":10000000", rows[0], StringComparison.Ordinal);
    }

    private static JsonElement Line(string json) => JsonDocument.Parse(json).RootElement;
}
