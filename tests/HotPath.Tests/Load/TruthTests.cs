namespace HotPath.Tests.Load;

public sealed class TruthTests
{
    /// <summary>Seed, step in ms, machines, disorder in ms, outOfOrderness, scans.</summary>
    public static TheoryData<int, int, int, int, string, int> Runs => new()
    {
        { 1, 5_000, 8, 20_000, "20s", 900 },
        { 2, 1_000, 4, 0, "1ms", 2_500 },
        { 3, 2_000, 13, 7_000, "8s", 500 },
        { 4, 10_000, 5, 60_000, "60s", 1_200 },
        { 5, 700, 5, 1_500, "1500ms", 2_000 },
        { 6, 3, 20, 5, "5ms", 700 },
    };

    [OracleTheory]
    [MemberData(nameof(Runs))]
    public void Truth_is_what_the_oracle_finds_in_the_readings(
        int seed, int stepMillis, int machines, int disorderMillis, string outOfOrderness, int scans)
    {
        var recording = LoadRig.Record(LoadRig.Small with
        {
            Seed = LoadRig.Seed((ulong)seed),
            StepMillis = stepMillis,
            EquipmentCount = machines,
            DisorderMillis = disorderMillis,
            ScanCount = scans,
            DuplicateShare = 0.02,
        });

        Assert.Equal(Oracle.Judge(recording, outOfOrderness), recording.Rows);
    }

    [Fact]
    public void Truth_does_not_depend_on_disorder_or_duplicates()
    {
        var straight = LoadRig.Record(LoadRig.Small);
        var shuffled = LoadRig.Record(LoadRig.Small with { DisorderMillis = 60_000, DuplicateShare = 0.1 });

        Assert.Equal(straight.Rows, shuffled.Rows);
        Assert.Equal(straight.Summary.Distinct, shuffled.Summary.Distinct);
        Assert.Equal(
            straight.Lines.Order(StringComparer.Ordinal), shuffled.Lines.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Truth_counts_every_reading_by_its_identity()
    {
        var recording = LoadRig.Record(LoadRig.Small with { DuplicateShare = 0.25, DisorderMillis = 30_000 });

        Assert.Equal(recording.Lines.Length, recording.Summary.Sent);
        Assert.Equal(recording.Lines.Distinct().Count(), recording.Summary.Distinct);
        Assert.Equal(recording.Summary.Sent - recording.Summary.Distinct, recording.Summary.Duplicates);
        Assert.True(recording.Summary.Duplicates > 0);
        Assert.True(recording.Summary.Holds);
    }

    [Fact]
    public void A_long_run_meets_every_state_of_the_demo_rules()
    {
        var recording = LoadRig.Record(LoadRig.Small with { ScanCount = 8_000, EquipmentCount = 16 });

        string[] states =
        [
            "RUNNING", "STOPPED", "STARVED", "CHANGEOVER", "CLEANING", "NO_DATA", "OVERHEATED", "NORMAL",
            "NOT_MEASURED", "REJECTING", "GOOD", "NOT_INSPECTED", "NO_OUTPUT", "OUTPUT", "NOT_COUNTED", "SMALL",
            "MEDIUM", "LARGE",
        ];
        Assert.All(states, state =>
            Assert.Contains(recording.Rows, row => row.Contains($"\"to\":\"{state}\"", StringComparison.Ordinal)));
        Assert.Contains(recording.Rows, row => row.Contains("\"micro\":true", StringComparison.Ordinal));
        Assert.Contains(recording.Rows, row => row.Contains("\"status\":\"open\"", StringComparison.Ordinal));
    }
}
