using HotPath.Delta.Columns;

namespace HotPath.Delta.Tests.Log;

public sealed class PartitionTextTests
{
    [Fact]
    public void Values_have_the_protocol_s_forms()
    {
        Assert.Equal("2026-11-20", Text(new DateOnly(2026, 11, 20), ColumnType.Date));
        Assert.Equal("1969-12-31", Text(-1, ColumnType.Date));
        Assert.Equal("2026-11-20T14:05:06.123456Z", Text(At(123456), ColumnType.Timestamp));
        Assert.Equal("1970-01-01T00:00:00.000001Z", Text(1L, ColumnType.Timestamp));
        Assert.Equal("1970-01-01 00:00:00.000001", Text(1L, ColumnType.TimestampNtz));
        Assert.Equal("true", Text(true, ColumnType.Boolean));
        Assert.Equal("-7", Text(-7, ColumnType.Long));
        Assert.Equal("1.50", Text(1.5m, ColumnType.Decimal(5, 2)));
        Assert.Equal("a%b/ü", Text("a%b/ü", ColumnType.String));
        Assert.Equal("abc", Text("abc"u8.ToArray(), ColumnType.Binary));
    }

    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0009, "9.0E-4")]
    [InlineData(1234567.25, "1234567.25")]
    [InlineData(1e7, "1.0E7")]
    [InlineData(-1.5e10, "-1.5E10")]
    [InlineData(123456789012.5, "1.234567890125E11")]
    [InlineData(5e-324, "5.0E-324")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Real_numbers_are_written_as_Java_writes_them(double value, string expected) =>
        Assert.Equal(expected, Text(value, ColumnType.Double));

    [Fact]
    public void Null_and_what_is_empty_are_the_same()
    {
        Assert.Null(Text(null, ColumnType.String));
        Assert.Null(Text("", ColumnType.String));
        Assert.Null(Text(Array.Empty<byte>(), ColumnType.Binary));
    }

    [Fact]
    public void What_has_no_form_is_refused()
    {
        Assert.Throws<DeltaException>(() => Text(new byte[] { 0xFF }, ColumnType.Binary));
        Assert.Throws<DeltaException>(() => Text("text", ColumnType.Date));
        Assert.Throws<DeltaException>(() => Text(1.234m, ColumnType.Decimal(5, 2)));
        Assert.Throws<DeltaException>(() => Text(long.MaxValue, ColumnType.Timestamp));
    }

    private static DateTimeOffset At(int micros) =>
        new DateTimeOffset(2026, 11, 20, 14, 5, 6, TimeSpan.Zero).AddMicroseconds(micros);

    private static string? Text(object? value, ColumnType type) => PartitionText.Format(value, type, "p");
}
