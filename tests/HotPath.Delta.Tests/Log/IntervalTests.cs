using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

public sealed class IntervalTests
{
    [Theory]
    [InlineData("interval 30 days", "30.00:00:00")]
    [InlineData("interval 1 week", "7.00:00:00")]
    [InlineData("INTERVAL 2 Weeks 3 hours", "14.03:00:00")]
    [InlineData("90 seconds", "00:01:30")]
    [InlineData("interval 1500 milliseconds", "00:00:01.5000000")]
    [InlineData("interval 0 hours", "00:00:00")]
    public void An_interval_is_read(string text, string expected)
    {
        Assert.True(Interval.TryParse(text, out var interval));
        Assert.Equal(expected, interval.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("interval")]
    [InlineData("interval 1 month")]
    [InlineData("interval one day")]
    [InlineData("interval 1")]
    [InlineData("interval -1 days")]
    [InlineData("interval 99999999999999999 weeks")]
    public void What_is_no_fixed_length_of_time_is_refused(string text) => Assert.False(Interval.TryParse(text, out _));
}
