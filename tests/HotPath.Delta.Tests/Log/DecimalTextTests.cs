using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

public sealed class DecimalTextTests
{
    [Theory]
    [InlineData("-1205", 2, "-12.05")]
    [InlineData("5", 3, "0.005")]
    [InlineData("-7", 0, "-7")]
    [InlineData("99999999999999999999999999999999999999", 38, "0.99999999999999999999999999999999999999")]
    public void A_decimal_has_all_digits_of_its_scale(string unscaled, int scale, string expected) =>
        Assert.Equal(expected, DecimalText.Format(Int128.Parse(unscaled, null), scale));

    /// <summary>
    /// The absolute value of the least 128-bit integer does not exist: a damaged file that holds it ended in an
    /// OverflowException where its rows were printed.
    /// </summary>
    [Fact]
    public void The_least_value_of_a_damaged_file_is_text_too() =>
        Assert.Equal("-1701411834604692317316873037158841057.28", DecimalText.Format(Int128.MinValue, 2));
}
