using HotPath.LoadGenerator.Cli;
using HotPath.LoadGenerator.Plan;

namespace HotPath.Tests.Load;

public sealed class LoadOptionsTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("60s", 60_000)]
    [InlineData("2d", 172_800_000)]
    public void A_duration_is_a_number_and_a_unit(string text, long millis)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(millis, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5mm")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(DurationText.TryParse(text, out _));
    }

    [Theory]
    [InlineData("udp", "--target")]
    [InlineData("udp --target nowhere", "HOST:PORT")]
    [InlineData("udp --target h:1 --rate fast", "max")]
    [InlineData("udp --target h:1 --loss 101%", "share")]
    [InlineData("udp --target h:1 --duration 10", "30s")]
    [InlineData("mixed --udp h:1", "--kinesis")]
    [InlineData("udp --target h:1 --format xml", "xml")]
    public void A_command_line_that_cannot_be_is_refused_in_its_own_words(string line, string word)
    {
        var errors = new LoadCommands().Build().Parse(line.Split(' ')).Errors;

        Assert.Contains(errors, error => error.Message.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100_000, 60, 8, 5_000_000)]
    [InlineData(double.PositiveInfinity, 60, 8, 5_000_000)]
    [InlineData(double.PositiveInfinity, 60, 5_000, 80_000_000)]
    [InlineData(1_000, 0.5, 8, 5_000_000)]
    public void Event_time_begins_early_enough_that_the_last_reading_is_not_from_the_future(
        double rate, double seconds, int machines, double reachedPerSecond)
    {
        var plan = LoadRig.Small with { ScanCount = long.MaxValue, DisorderMillis = 10_000, EquipmentCount = machines };
        var start = StartTime.Of(plan, rate, TimeSpan.FromSeconds(seconds), TimeProvider.System);

        var scans = (long)(Math.Min(rate, reachedPerSecond) * seconds / plan.EquipmentCount / plan.TagCount);
        var timetable = new Timetable(plan with { StartMillis = start, ScanCount = scans }, machineCount: 2);
        var last = timetable.MillisOf(scans + plan.ClosingScans - 1, place: 1);

        Assert.True(last <= DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }
}
