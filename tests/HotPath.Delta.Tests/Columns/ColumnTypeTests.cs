using HotPath.Delta.Columns;

namespace HotPath.Delta.Tests.Columns;

public sealed class ColumnTypeTests
{
    [Theory]
    [InlineData("string")]
    [InlineData("long")]
    [InlineData("integer")]
    [InlineData("short")]
    [InlineData("byte")]
    [InlineData("float")]
    [InlineData("double")]
    [InlineData("boolean")]
    [InlineData("binary")]
    [InlineData("date")]
    [InlineData("timestamp")]
    [InlineData("timestamp_ntz")]
    [InlineData("decimal(1,0)")]
    [InlineData("decimal(38,38)")]
    public void Name_of_a_schema_is_read_and_written_alike(string name)
    {
        Assert.True(ColumnType.TryParse(name, out var type));
        Assert.Equal(name, type.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Long")]
    [InlineData("int")]
    [InlineData("decimal(39,0)")]
    [InlineData("decimal(0,0)")]
    [InlineData("decimal(5,6)")]
    [InlineData("decimal(5)")]
    [InlineData("decimal(-5,1)")]
    [InlineData("decimal(5,1")]
    [InlineData("void")]
    public void Other_names_are_none(string? name) => Assert.False(ColumnType.TryParse(name, out _));

    [Fact]
    public void Decimal_without_digits_is_that_of_Spark()
    {
        Assert.True(ColumnType.TryParse("decimal", out var type));
        Assert.Equal(ColumnType.Decimal(10, 0), type);
    }
}
