using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Parquet;

namespace HotPath.Delta.Tests.Log;

public sealed class StatsJsonTests
{
    [Fact]
    public void Every_type_has_its_form()
    {
        var json = Write(
            Summary("i", ColumnType.Integer, ColumnValue.OfInteger(-3), ColumnValue.OfInteger(9)),
            Summary("l", ColumnType.Long, ColumnValue.OfInteger(long.MinValue), ColumnValue.OfInteger(long.MaxValue)),
            Summary("d", ColumnType.Double, ColumnValue.OfReal(0.1), ColumnValue.OfReal(1e300)),
            Summary("f", ColumnType.Float, ColumnValue.OfReal(0.1f), ColumnValue.OfReal(2.5)),
            Summary("n", ColumnType.Decimal(38, 2), ColumnValue.OfUnscaled(-5), ColumnValue.OfUnscaled(Int128.Parse("12345678901234567890123456789012345678", null))),
            Summary("day", ColumnType.Date, ColumnValue.OfInteger(-1), ColumnValue.OfInteger(20000)),
            Summary("t", ColumnType.Timestamp, ColumnValue.OfInteger(-1), ColumnValue.OfInteger(1_700_000_000_123_001)),
            Summary("ntz", ColumnType.TimestampNtz, ColumnValue.OfInteger(0), ColumnValue.OfInteger(1000)),
            Summary("b", ColumnType.Boolean, ColumnValue.OfInteger(0), ColumnValue.OfInteger(1)),
            Summary("raw", ColumnType.Binary, ColumnValue.OfBytes("a"u8.ToArray()), ColumnValue.OfBytes("b"u8.ToArray())));

        Assert.Equal(
            """
            {"numRecords":5,"minValues":{"i":-3,"l":-9223372036854775808,"d":0.1,"f":0.1,"n":-0.05,"day":"1969-12-31",
            "t":"1969-12-31T23:59:59.999Z","ntz":"1970-01-01T00:00:00.000"},
            "maxValues":{"i":9,"l":9223372036854775807,"d":1E+300,"f":2.5,"n":123456789012345678901234567890123456.78,
            "day":"2024-10-04","t":"2023-11-14T22:13:20.124Z","ntz":"1970-01-01T00:00:00.001"},
            "nullCount":{"i":1,"l":1,"d":1,"f":1,"n":1,"day":1,"t":1,"ntz":1,"b":1,"raw":1}}
            """.ReplaceLineEndings(""),
            json);
    }

    [Fact]
    public void A_column_without_values_has_no_bounds() =>
        Assert.Equal(
            """{"numRecords":5,"minValues":{},"maxValues":{},"nullCount":{"x":5}}""",
            Write(new ColumnSummary(new Column("x", ColumnType.Long), 5, 0, null, null)));

    [Fact]
    public void A_column_with_a_NaN_has_no_maximum() =>
        Assert.Equal(
            """{"numRecords":5,"minValues":{"x":1},"maxValues":{},"nullCount":{"x":0}}""",
            Write(new ColumnSummary(
                new Column("x", ColumnType.Double), 0, 1, ColumnValue.OfReal(1), ColumnValue.OfReal(2))));

    [Fact]
    public void Infinity_is_no_bound() =>
        Assert.Equal(
            """{"numRecords":5,"minValues":{},"maxValues":{},"nullCount":{"x":0}}""",
            Write(new ColumnSummary(
                new Column("x", ColumnType.Double),
                0,
                0,
                ColumnValue.OfReal(double.NegativeInfinity),
                ColumnValue.OfReal(double.PositiveInfinity))));

    [Fact]
    public void Long_strings_are_cut_and_their_maximum_is_raised()
    {
        var thirtyTwo = new string('a', 32);

        Assert.Equal(thirtyTwo, StatsJson.LowerBound(thirtyTwo + "b"));
        Assert.Equal(thirtyTwo, StatsJson.UpperBound(thirtyTwo));
        Assert.Equal(thirtyTwo + "\u007F", StatsJson.UpperBound(thirtyTwo + "b"));
        Assert.Equal(thirtyTwo + "\U0010FFFF", StatsJson.UpperBound(thirtyTwo + "ü"));
        Assert.Equal(thirtyTwo + "\U0010FFFF\u007F", StatsJson.UpperBound(thirtyTwo + "\U0010FFFFbc"));
        Assert.Equal(thirtyTwo + "\U0010FFFF", StatsJson.UpperBound(thirtyTwo + "\U0010FFFF"));
        Assert.Null(StatsJson.UpperBound(thirtyTwo + string.Concat(Enumerable.Repeat("\U0010FFFF", 40))));
    }

    [Fact]
    public void A_pair_of_surrogates_is_never_split()
    {
        var text = new string('a', 31) + "😀tail";

        Assert.Equal(new string('a', 31), StatsJson.LowerBound(text));
        Assert.Equal(new string('a', 31) + "\U0010FFFF", StatsJson.UpperBound(text));
    }

    [Fact]
    public void Bounds_hold_for_random_strings()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        for (var round = 0; round < 2000; round++)
        {
            var text = RandomText(random);
            var lower = StatsJson.LowerBound(text);
            var upper = StatsJson.UpperBound(text);

            Assert.True(CompareBytes(lower, text) <= 0, $"seed {seed}");
            Assert.True(upper is null || CompareBytes(upper, text) >= 0, $"seed {seed}");
        }
    }

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(70); count > 0; count--)
        {
            text.Append((random.Next(5) switch
            {
                0 => new Rune(0x10FFFF),
                1 => new Rune(0x7F),
                2 => new Rune(random.Next(0x80, 0xD800)),
                3 => new Rune(random.Next(0x10000, 0x110000)),
                _ => new Rune(random.Next(0x20, 0x7F)),
            }).ToString());
        }

        return text.ToString();
    }

    private static int CompareBytes(string one, string other) =>
        Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other));

    private static ColumnSummary Summary(string name, ColumnType type, ColumnValue min, ColumnValue max) =>
        new(new Column(name, type), 1, 0, min, max);

    private static string Write(params ColumnSummary[] columns) => StatsJson.Write(
        new ParquetFileSummary(100, 5, columns), columns.Select(column => column.Column.Name).ToHashSet());
}
