using System.Text;
using HotPath.Delta.Columns;

namespace HotPath.Delta.Tests.Table;

/// <summary>A table of machines and values, divided by day, that tests fill with few rows.</summary>
internal static class SmallTable
{
    public static TableDefinition Definition { get; } = new()
    {
        Schema = TableSchema.Of(
            new Column("machine", ColumnType.String, Nullable: false),
            new Column("value", ColumnType.Double),
            new Column("at", ColumnType.Timestamp),
            new Column("day", ColumnType.Date)),
        PartitionColumns = ["day"],
    };

    public static TableDefinition Flat { get; } = new()
    {
        Schema = TableSchema.Of(new Column("n", ColumnType.Long)),
    };

    /// <summary>The rows of one day: one per value, on the machine m.</summary>
    public static PartitionRows Day(int day, params double[] values) => new(
        PartitionValues.Of(("day", new DateOnly(2026, 11, day))),
        [
            new ColumnBatch(
                [
                    Strings([.. values.Select(_ => "m")]),
                    ColumnVector.Doubles(values),
                    ColumnVector.Longs(values.Select(value => (long)value).ToArray()),
                ],
                values.Length),
        ]);

    public static ColumnBatch Numbers(params long[] numbers) => new([ColumnVector.Longs(numbers)], numbers.Length);

    public static ColumnVector Strings(params string[] texts)
    {
        var offsets = new int[texts.Length + 1];
        var data = new List<byte>();
        for (var row = 0; row < texts.Length; row++)
        {
            data.AddRange(Encoding.UTF8.GetBytes(texts[row]));
            offsets[row + 1] = data.Count;
        }

        return ColumnVector.Bytes(data.ToArray(), offsets);
    }
}
